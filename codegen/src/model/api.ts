import type {
  BodyFormat,
  Channel,
  EventStreamFormat,
  HttpMethod,
  MessageFormat,
  Operation,
  Parameter,
  ReplyContent,
  SecurityScheme,
} from '@flowwire/contract';
import type { Cursor } from '../load/cursor.ts';

export type SchemaObject = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema (2020-12) of ours: no extensions but `binary: true` (a Blob in a form or multipart body),
 * and every `$ref` is `#/components/schemas/<name>`.
 */
export type Schema = boolean | SchemaObject;

export interface NamedSchema {
  readonly name: string;
  readonly schema: Schema;
  readonly place: Cursor;
  /** Whether types.ts exports it. Parameter groups are written out inside their operation instead. */
  readonly exported: boolean;
}

/** Where the parts of a request's input go; the keys of an operation's `input`. */
export type GroupName = 'path' | 'query' | 'querystring' | 'headers' | 'cookies';

/** The parameters of one place, as one object. */
export interface ParameterGroup {
  readonly name: GroupName;
  readonly schema: NamedSchema;
  /** Whether one of them is required. */
  readonly required: boolean;
}

export interface StreamModel {
  readonly format: EventStreamFormat;
  /** Name of the schema of one item. */
  readonly item: string;
  /** The discriminator values that end the stream, each with its schema's name where it has one. */
  readonly terminal: readonly { readonly value: string; readonly schema?: string }[];
}

/** A body's media type with the name of its schema; JSON, form and multipart bodies have one. */
export interface BodyContentModel extends BodyFormat {
  readonly schema?: string;
}

export interface ReplyContentModel extends ReplyContent {
  readonly schema?: string;
}

/** The answer to one status. */
export interface ReplyModel {
  /** Three digits, a range such as `4XX`, or `default`. */
  readonly status: string;
  readonly description: string;
  /** In the document's order; empty when the answer has no body but perhaps a stream. */
  readonly content: readonly ReplyContentModel[];
  readonly stream?: StreamModel;
  readonly errorCodes?: readonly (string | number)[];
}

export interface OperationModel {
  readonly operationId: string;
  readonly method: HttpMethod;
  readonly path: string;
  readonly aliases: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated: boolean;
  readonly parameters: readonly Parameter[];
  readonly groups: readonly ParameterGroup[];
  readonly body?: {
    readonly required: boolean;
    /** In the document's order, not empty. */
    readonly content: readonly BodyContentModel[];
  };
  readonly replies: readonly ReplyModel[];
  readonly security: Operation['security'];
  readonly streamSwitch?: NonNullable<Operation['streamSwitch']>;
  readonly resumable: boolean;
  readonly idempotencyKey: boolean;
}

/** One kind of message on a socket. */
export interface MessageModel extends MessageFormat {
  /** Name of its payload's schema. */
  readonly schema: string;
}

/** A WebSocket (AsyncAPI 3.1 channel). */
export interface ChannelModel extends Omit<Channel, 'server' | 'client'> {
  readonly summary?: string;
  readonly description?: string;
  readonly groups: readonly ParameterGroup[];
  readonly server: readonly MessageModel[];
  readonly client: readonly MessageModel[];
}

/** One API, free of how its documents spell it. Emitters read nothing else. */
export interface ApiModel {
  /** In kebab-case. */
  readonly name: string;
  readonly title: string;
  readonly version: string;
  /** File names of its documents, for the banner. */
  readonly sources: readonly string[];
  /** In the order in which a reader of the document meets them. */
  readonly schemas: readonly NamedSchema[];
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  readonly operations: readonly OperationModel[];
  readonly channels: readonly ChannelModel[];
}
