import type { EventStreamFormat, HttpMethod, Operation, Parameter, SecurityScheme } from '@flowwire/contract';
import type { Cursor } from '../load/cursor.ts';

export type SchemaObject = Readonly<Record<string, unknown>>;

/** A JSON Schema (2020-12) of ours: no extensions, and every `$ref` is `#/components/schemas/<name>`. */
export type Schema = boolean | SchemaObject;

export interface NamedSchema {
  readonly name: string;
  readonly schema: Schema;
  readonly place: Cursor;
  /** Whether types.ts exports it. Parameter groups are written out inside their operation instead. */
  readonly exported: boolean;
}

/** Where the parts of a request's input go; the keys of an operation's `input`. */
export type GroupName = 'path' | 'query' | 'headers' | 'cookies';

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

/** The answer to one status. At most one of `json` and `text` is there, and `stream` beside `json`. */
export interface ReplyModel {
  /** Three digits, or `default`. */
  readonly status: string;
  readonly description: string;
  /** Name of the body's schema. */
  readonly json?: string;
  /** The media type of a body that is read as text. */
  readonly text?: string;
  readonly stream?: StreamModel;
}

export interface OperationModel {
  readonly operationId: string;
  readonly method: HttpMethod;
  readonly path: string;
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated: boolean;
  readonly parameters: readonly Parameter[];
  readonly groups: readonly ParameterGroup[];
  readonly body?: {
    readonly required: boolean;
    readonly mediaTypes: readonly string[];
    /** Name of its schema. */
    readonly schema: string;
  };
  readonly replies: readonly ReplyModel[];
  readonly security: Operation['security'];
  readonly streamSwitch?: NonNullable<Operation['streamSwitch']>;
  readonly resumable: boolean;
  readonly idempotencyKey: boolean;
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
}
