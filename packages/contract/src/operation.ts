/** What a contract says of its HTTP operations. Types only: nothing here exists at run time. */

/** In the spelling that goes on the wire; any token that `additionalOperations` names (OpenAPI 3.2 section 4.9). */
export type HttpMethod =
  | 'GET'
  | 'HEAD'
  | 'POST'
  | 'PUT'
  | 'PATCH'
  | 'DELETE'
  | 'OPTIONS'
  | 'TRACE'
  | 'QUERY'
  | (string & {});

/** What the text of a parameter, or of a part of a form, is read as. */
export type ScalarType = 'string' | 'integer' | 'number' | 'boolean';

/** A parameter of an operation (OpenAPI 3.2 section 4.12). */
export interface Parameter {
  readonly name: string;
  /** `querystring`: the whole query is this one parameter. */
  readonly in: 'path' | 'query' | 'querystring' | 'header' | 'cookie';
  readonly required: boolean;
  readonly style:
    | 'simple'
    | 'form'
    | 'deepObject'
    | 'label'
    | 'matrix'
    | 'spaceDelimited'
    | 'pipeDelimited'
    | 'cookie';
  readonly explode: boolean;
  /** How the text on the wire is read before validation. */
  readonly type: ScalarType | 'array' | 'object';
  /** For arrays: how each item is read. */
  readonly items?: ScalarType;
  /** For objects: how each declared member is read; others are text. */
  readonly properties?: Readonly<Record<string, ScalarType | 'array'>>;
  /** A parameter with `content` is one value of this media type; `style` does not apply then. */
  readonly contentType?: string;
  /** Reserved characters are written as they are (query only). */
  readonly allowReserved?: true;
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
  /**
   * What tells items apart: a property, or a JSON pointer where it lies deeper (`x-discriminator`). Its
   * values are compared as text.
   */
  readonly discriminator?: string;
  /** The values of the discriminator that no item may follow. */
  readonly terminal: readonly string[];
  /** Every documented value of the discriminator. Items with others come from a newer server. */
  readonly known: readonly string[];
}

/**
 * How a body is read and written: as JSON, `application/x-www-form-urlencoded`, `multipart/*`, text in
 * UTF-8, or bytes (a Blob).
 */
export type BodyKind = 'json' | 'form' | 'multipart' | 'text' | 'binary';

/** One property of a form or multipart body (OpenAPI 3.2 section 4.15). */
export interface PartFormat {
  readonly kind: 'text' | 'json' | 'binary';
  /** The media type that the part is sent with; by its kind when absent. */
  readonly contentType?: string;
  /** The property is a list, and each of its items a part of its own. */
  readonly repeated?: true;
  /** For `text`: how it is read before validation. */
  readonly type?: ScalarType;
}

/** One media type of a request body (OpenAPI 3.2 section 4.13). */
export interface BodyFormat {
  /** As in the document; may be a range such as `image/*`. */
  readonly mediaType: string;
  readonly kind: BodyKind;
  /** `form` and `multipart`: the declared properties. */
  readonly parts?: Readonly<Record<string, PartFormat>>;
}

/** One media type of an answer's body. */
export interface ReplyContent {
  /** As in the document; may be a range such as `image/*`. */
  readonly mediaType: string;
  readonly kind: 'json' | 'text' | 'binary';
}

/** The answers of one status. */
export interface ReplyFormat {
  /** Bodies that are read as a whole, in the document's order. Absent when there is none. */
  readonly content?: readonly ReplyContent[];
  readonly stream?: EventStreamFormat;
  /**
   * The API's own error codes that this answer may carry (`x-error-codes`). On a status of class 2 they tell
   * failures that the status does not: a body whose `code` is there and not 0 is one.
   */
  readonly errorCodes?: readonly (string | number)[];
}

/** One operation of a contract, as its document says it (OpenAPI 3.2 section 4.10). */
export interface Operation {
  readonly operationId: string;
  readonly method: HttpMethod;
  /** With `{name}` for path parameters. */
  readonly path: string;
  /** Further paths that mean the same operation (`x-path-aliases`). A server serves them, a client does not use them. */
  readonly aliases?: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly required: boolean; readonly content: readonly BodyFormat[] };
  /** By status, ranges (`4XX`) and `default` included. */
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
  /**
   * `path`, `query`, `querystring` (its value), `headers`, `cookies` and `body`, as far as the operation has them. Where the body has
   * several media types, a union told apart by `contentType`, which may be left out for the first.
   */
  readonly input: object;
  /**
   * A union, told apart by `status`, of `{ status, body }`, `{ status, stream }` and `{ status }`. Where a
   * status has several media types, each of its members has a `contentType`, optional for the first.
   */
  readonly reply: { readonly status: number };
}

/** Operations by operationId. */
export type OperationsTypes<Ops> = { readonly [Id in keyof Ops]: OperationTypes };
