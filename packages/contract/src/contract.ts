/** What a generated contract is made of. Types only: nothing here exists at run time. */

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'TRACE';

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

/** A parameter of an operation (OpenAPI 3.2 section 4.12). */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly style: 'simple' | 'form' | 'deepObject' | 'label' | 'matrix' | 'spaceDelimited' | 'pipeDelimited';
  readonly explode: boolean;
  /** How the text on the wire is read before validation. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  /** For arrays: how each item is read. */
  readonly items?: 'string' | 'integer' | 'number' | 'boolean';
}

/** How an answer of media type `text/event-stream` is read (OpenAPI 3.2 section 4.14.4). */
export interface EventStreamFormat {
  /**
   * `data`: an item is the decoded `data` of one server-sent event. `event`: the document's itemSchema
   * names the `event` field, and an item is `{ event, data, id? }` with decoded `data`.
   */
  readonly item: 'data' | 'event';
  /** Whether `data` is JSON text (contentMediaType application/json) or plain text. */
  readonly data: 'json' | 'text';
  /** With item `event` and JSON data: the events whose data is plain text all the same. */
  readonly textEvents?: readonly string[];
  /** `data` texts, such as `[DONE]`, that end the stream and are not items. */
  readonly sentinels: readonly string[];
  /** The property of an item that picks its schema, and the values that no item may follow. */
  readonly discriminator?: string;
  readonly terminal: readonly string[];
  /** Every documented value of the discriminator. Items with others come from a newer server. */
  readonly known: readonly string[];
}

/** The answers of one status by media type. */
export interface ReplyFormat {
  readonly json?: true;
  readonly stream?: EventStreamFormat;
  /** Media types other than JSON and event streams, read and written as text. */
  readonly text?: string;
}

/** One operation of a contract, as its document says it (OpenAPI 3.2 section 4.10). */
export interface Operation {
  readonly operationId: string;
  readonly method: HttpMethod;
  /** With `{name}` for path parameters. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly required: boolean; readonly mediaTypes: readonly string[] };
  /** By status, `default` included. */
  readonly replies: Readonly<Record<string, ReplyFormat>>;
  /** Any one of these suffices; each names schemes with the scopes that they must have. Empty: open to all. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** The body field that chooses between one JSON answer and a stream, where both are offered. */
  readonly streamSwitch?: { readonly field: string; readonly stream: unknown; readonly single: unknown };
  /** The stream may be asked for again with Last-Event-ID. */
  readonly resumable: boolean;
  /** The operation takes an Idempotency-Key. */
  readonly idempotencyKey: boolean;
}

/** A security scheme (OpenAPI 3.2 section 4.27), as far as a client needs it to sign a request. */
export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: string }
  | { readonly type: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly name: string }
  | { readonly type: 'oauth2' | 'openIdConnect' | 'mutualTLS' };

/** The wire types of one operation; what codegen emits for each operationId. */
export interface OperationTypes {
  /** `path`, `query`, `headers`, `cookies` and `body`, as far as the operation has them. */
  readonly input: object;
  /** A union, told apart by `status`, of `{ status, body }`, `{ status, stream }` and `{ status }`. */
  readonly reply: { readonly status: number };
}

/** Operations by operationId. */
export type OperationsTypes<Ops> = { readonly [Id in keyof Ops]: OperationTypes };

/** Validators for what a server says. `replies` by status; `item` for one item of the stream. */
export interface OutputValidators {
  readonly replies: Readonly<Record<string, Validator<unknown>>>;
  readonly item?: Validator<unknown>;
}

/** Validators for what a client says. */
export interface InputValidators {
  readonly path?: Validator<unknown>;
  readonly query?: Validator<unknown>;
  readonly headers?: Validator<unknown>;
  readonly cookies?: Validator<unknown>;
  readonly body?: Validator<unknown>;
}

declare const operations: unique symbol;
declare const client: unique symbol;

/**
 * One API: a table of its operations with validators for its answers. `Ops` holds the wire types by
 * operationId, `Client` the generated client interface; both exist in the type only.
 */
export interface Contract<Ops extends OperationsTypes<Ops>, Client = unknown> {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly operations: { readonly [Id in keyof Ops]: Operation };
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  readonly outputs: { readonly [Id in keyof Ops]: OutputValidators };
  readonly [operations]?: Ops;
  readonly [client]?: Client;
}

/** A contract with what a server needs beside it: validators for requests. */
export interface ServerContract<Ops extends OperationsTypes<Ops>> extends Contract<Ops> {
  readonly inputs: { readonly [Id in keyof Ops]: InputValidators };
}

/** The wire types of a contract's operations. */
export type OperationsOf<C> = C extends { readonly [operations]?: infer Ops } ? NonNullable<Ops> : never;

/** The generated client interface of a contract. */
export type ClientOf<C> = C extends { readonly [client]?: infer Client } ? NonNullable<Client> : never;
