import type { Channel, ChannelsTypes, NoChannels } from './channel.ts';
import type { Operation, OperationsTypes, SecurityScheme } from './operation.ts';

/** What a generated contract is made of. Types only: nothing here exists at run time. */

/** One error that a compiled validator found (the fields of an Ajv error object that are used here). */
export interface SchemaError {
  /** JSON pointer (RFC 6901) to the value at fault. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** A validator compiled ahead of time. After a call that answered false, `errors` says why. */
export interface Validator<T> {
  (data: unknown): data is T;
  errors?: readonly SchemaError[] | null;
}

/**
 * Validators for what a server says. `replies` by status, for the first JSON media type; a further one
 * stands under `<status> <media type>`. `item` for one item of the stream.
 */
export interface OutputValidators {
  readonly replies: Readonly<Record<string, Validator<unknown>>>;
  readonly item?: Validator<unknown>;
}

/** Validators for what a client says. */
export interface InputValidators {
  readonly path?: Validator<unknown>;
  readonly query?: Validator<unknown>;
  /** The value of a parameter in `querystring`. */
  readonly querystring?: Validator<unknown>;
  readonly headers?: Validator<unknown>;
  readonly cookies?: Validator<unknown>;
  /** For the one media type of the body. */
  readonly body?: Validator<unknown>;
  /** By media type, where the body has several. */
  readonly bodies?: Readonly<Record<string, Validator<unknown>>>;
}

/** Validators for the messages of one side of a channel, by type. */
export type MessageValidators = Readonly<Record<string, Validator<unknown>>>;

declare const operations: unique symbol;
declare const client: unique symbol;
declare const channels: unique symbol;

/**
 * One API: a table of its operations and sockets with validators for what the server says. `Ops` holds the
 * wire types by operationId, `Client` the generated client interface, `Channels` the wire types of its
 * sockets; they exist in the type only.
 */
export interface Contract<
  Ops extends OperationsTypes<Ops>,
  Client = unknown,
  Channels extends ChannelsTypes<Channels> = NoChannels,
> {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly operations: { readonly [Id in keyof Ops]: Operation };
  readonly channels: { readonly [Name in keyof Channels]: Channel };
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  readonly outputs: { readonly [Id in keyof Ops]: OutputValidators };
  /** For each channel: what the server says. */
  readonly serverMessages: { readonly [Name in keyof Channels]: MessageValidators };
  readonly [operations]?: Ops;
  readonly [client]?: Client;
  readonly [channels]?: Channels;
}

/** A contract with what a server needs beside it: validators for what clients say. */
export interface ServerContract<
  Ops extends OperationsTypes<Ops>,
  Channels extends ChannelsTypes<Channels> = NoChannels,
> extends Contract<Ops, unknown, Channels> {
  readonly inputs: { readonly [Id in keyof Ops]: InputValidators };
  /** For each channel: the parameters that it is opened with. */
  readonly channelInputs: { readonly [Name in keyof Channels]: InputValidators };
  /** For each channel: what a client says. */
  readonly clientMessages: { readonly [Name in keyof Channels]: MessageValidators };
}

/** The wire types of a contract's operations. */
export type OperationsOf<C> = C extends { readonly [operations]?: infer Ops } ? NonNullable<Ops> : never;

/** The generated client interface of a contract. */
export type ClientOf<C> = C extends { readonly [client]?: infer Client } ? NonNullable<Client> : never;

/** The wire types of a contract's sockets. */
export type ChannelsOf<C> = C extends { readonly [channels]?: infer Channels }
  ? NonNullable<Channels>
  : never;
