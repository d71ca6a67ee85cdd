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

type Body<Input> = 'body' extends keyof Input ? Input['body'] : undefined;

/** A request that the contract's validators accepted. Groups without members are empty objects. */
export interface HandlerRequest<Op extends OperationTypes, Context> {
  readonly path: Group<Op['input'], 'path'>;
  readonly query: Group<Op['input'], 'query'>;
  /** The declared headers, spelled as in the document. */
  readonly headers: Group<Op['input'], 'headers'>;
  readonly cookies: Group<Op['input'], 'cookies'>;
  readonly body: Body<Op['input']>;
  /** What `authenticate` or `anonymous` answered. */
  readonly context: Context;
  /**
   * Aborts with a ConnectionClosed when the answer ends before it is complete, or has to: while the server
   * drains, a handler that waits should throw the reason, which is answered 503.
   */
  readonly signal: AbortSignal;
  /** The one of these media types that the client likes best; undefined when it takes none. */
  accepts(mediaTypes: readonly string[]): string | undefined;
}

interface ReplyHeaders {
  readonly headers?: Readonly<Record<string, string>>;
}

type ReplyOf<Reply> = Reply extends { readonly status: infer Status; readonly stream: infer Item }
  ? { readonly status: Status; readonly stream: AsyncIterable<StreamFrame<Item>>; readonly body?: never }
  : Reply extends { readonly status: infer Status; readonly body: infer ReplyBody }
    ? { readonly status: Status; readonly body: ReplyBody; readonly stream?: never }
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

/** One handler for each operationId of the wire types `Ops`. */
export type OperationHandlers<Ops, Context> = {
  readonly [Id in keyof Ops]: Ops[Id] extends OperationTypes ? Handler<Ops[Id], Context> : never;
};

/** One handler for each operation of the contract `C`. */
export type Handlers<C, Context> = OperationHandlers<OperationsOf<C>, Context>;
