import type { OperationsOf, OperationTypes } from '@flowwire/contract';

/** One event of a stream. Yield the same object to every reader: it is validated and encoded once. */
export interface StreamFrame<Item> {
  /** What the client sends back as Last-Event-ID. */
  readonly id?: string;
  readonly item: Item;
}

type Group<Input, Key extends string> = Key extends keyof Input
  ? NonNullable<Input[Key]>
  : Readonly<Record<never, never>>;

type Member<Input, Key extends string> = Key extends keyof Input ? Input[Key] : undefined;

/** A body with its media type, where the document has several; both are undefined without a body. */
type TypedBody<Input> =
  | (Input extends { readonly contentType?: infer ContentType; readonly body?: infer Body }
      ? { readonly contentType: NonNullable<ContentType>; readonly body: Body }
      : never)
  | (undefined extends Member<Input, 'body'>
      ? { readonly contentType: undefined; readonly body: undefined }
      : never);

/** The body of a request, told apart by `contentType` where it has several media types. */
type BodyPart<Input> = 'contentType' extends keyof Input
  ? TypedBody<Input>
  : { readonly body: Member<Input, 'body'> };

interface RequestParts<Op extends OperationTypes, Context> {
  readonly path: Group<Op['input'], 'path'>;
  readonly query: Group<Op['input'], 'query'>;
  /** Where the whole query is one parameter: its value. */
  readonly querystring: Member<Op['input'], 'querystring'>;
  /** The declared headers, spelled as in the document. */
  readonly headers: Group<Op['input'], 'headers'>;
  readonly cookies: Group<Op['input'], 'cookies'>;
  /** What `authenticate` or `anonymous` answered. */
  readonly context: Context;
  /**
   * Aborts with a ConnectionClosed when the answer ends before it is complete, or has to: while the server
   * drains, a handler that waits should throw the reason, which is answered 503.
   */
  readonly signal: AbortSignal;
  /**
   * The one of these media types that the client likes best; undefined when it takes none. Where an
   * operation answers with JSON or a stream and no field of the body chooses, this does.
   */
  accepts(mediaTypes: readonly string[]): string | undefined;
}

/**
 * A request that the contract's validators accepted. Groups without members are empty objects. Files are
 * Blobs that may lie on the disk, and are gone when the answer is over.
 */
export type HandlerRequest<Op extends OperationTypes, Context> = RequestParts<Op, Context> &
  BodyPart<Op['input']>;

interface ReplyHeaders {
  readonly headers?: Readonly<Record<string, string>>;
}

/** The media type of a body, where the document has several for the status; the first by default. */
type ContentType<Reply> = Pick<Reply, Extract<keyof Reply, 'contentType'>>;

type ReplyOf<Reply> = Reply extends { readonly status: infer Status; readonly stream: infer Item }
  ? { readonly status: Status; readonly stream: AsyncIterable<StreamFrame<Item>>; readonly body?: never }
  : Reply extends { readonly status: infer Status; readonly body: infer ReplyBody }
    ? { readonly status: Status; readonly body: ReplyBody; readonly stream?: never } & ContentType<Reply>
    : Reply extends { readonly status: infer Status }
      ? { readonly status: Status; readonly body?: never; readonly stream?: never }
      : never;

/**
 * An answer that the document declares for the operation. `status` stands apart so that the compiler names
 * all declared statuses when it meets another.
 */
export type HandlerReply<Op extends OperationTypes> = { readonly status: Op['reply']['status'] } & ReplyOf<
  Op['reply']
> &
  ReplyHeaders;

export type Handler<Op extends OperationTypes, Context> = (
  request: HandlerRequest<Op, Context>,
) => Promise<HandlerReply<Op>>;

/** One handler for each operationId of the wire types `Ops`, but for those that are not implemented. */
export type OperationHandlers<Ops, Context, Unimplemented = never> = {
  readonly [Id in keyof Ops as Exclude<Id, Unimplemented>]: Ops[Id] extends OperationTypes
    ? Handler<Ops[Id], Context>
    : never;
};

/** One handler for each operation of the contract `C`, but for those that are not implemented. */
export type Handlers<C, Context, Unimplemented extends keyof OperationsOf<C> = never> = OperationHandlers<
  OperationsOf<C>,
  Context,
  Unimplemented
>;
