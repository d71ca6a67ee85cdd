import type { ChannelsOf, ChannelTypes, SocketPosition } from '@flowwire/contract';

type ValueOf<T> = T[keyof T];

type Group<Input, Key extends string> = Key extends keyof Input
  ? NonNullable<Input[Key]>
  : Readonly<Record<never, never>>;

/** What a server says on a channel, control messages left out. */
export type ServerMessage<Ch extends ChannelTypes> = ValueOf<Ch['server']>;

/** The answers to the requests of a channel, without their correlation ids. */
type Answers<Ch extends ChannelTypes> = AnswerOf<ValueOf<Ch['requests']>>;

/** Distributes, so that no requests have no answers. */
type AnswerOf<Request> = Request extends { readonly answer: infer Answer } ? Answer : never;

/** What a refusal may be put into: one of the channel's messages, which may leave out its correlation id. */
export type ProblemMessage<Ch extends ChannelTypes> = ServerMessage<Ch> | Answers<Ch>;

/** One connection that was authenticated. */
export interface SocketConnection<Ch extends ChannelTypes, Context> {
  /** Random. */
  readonly id: string;
  readonly path: Group<Ch['input'], 'path'>;
  readonly query: Group<Ch['input'], 'query'>;
  /** The declared headers, spelled as in the document. */
  readonly headers: Group<Ch['input'], 'headers'>;
  /** What `authenticate` or `anonymous` answered last: credentials are judged again from time to time. */
  readonly context: Context;
  /** Aborts with a SocketClosed when the connection ends. */
  readonly signal: AbortSignal;
  /** Bytes that wait for the client to read. What may be left out, such as progress, should be when they are many. */
  readonly bufferedBytes: number;
  /**
   * Sends a message, in the order of calls. Does nothing after the end. A client that does not read while
   * `maxBufferedBytes` wait is closed with 4008.
   */
  send(message: ServerMessage<Ch>): void;
  /** Closes with a code and a reason. Safe to call twice. */
  close(code: number, reason?: string): void;
}

type DataOf<Message> = Message extends { readonly data?: infer Data } ? Data : undefined;
type SessionData<Ch extends ChannelTypes, Role extends string> = Ch['session'] extends {
  readonly [Key in Role]: infer Message;
}
  ? DataOf<Message>
  : undefined;

/** What the message `ready` carries. */
export type ReadyData<Ch extends ChannelTypes> = SessionData<Ch, 'ready'>;

/** Given instead of messages: what comes after the position cannot be had. */
export interface ResumeFailed<Ch extends ChannelTypes> {
  /** The data of the message `resumeFailed`; `epoch` and `lastSeq` say where the log goes on. */
  readonly resumeFailed: SessionData<Ch, 'resumeFailed'>;
}

export interface SubscribeRequest {
  /** The messages after this position, those that are still to come too. Undefined for a channel without a log. */
  readonly after: SocketPosition | undefined;
  /** Aborts when nobody reads any more. */
  readonly signal: AbortSignal;
}

/** The messages after a position in the order of the log. Yield the same object to every reader: it is encoded once. */
export type Subscription<Ch extends ChannelTypes> = AsyncIterable<ServerMessage<Ch>> | ResumeFailed<Ch>;

type Awaitable<T> = T | Promise<T>;

/** The handler of one message: it answers a request; of other messages there is nothing to say. */
type MessageHandler<Ch extends ChannelTypes, Type extends keyof Ch['client']> = (
  message: Ch['client'][Type],
) => Type extends keyof Ch['requests'] ? Awaitable<AnswerOf<Ch['requests'][Type]>> : Awaitable<void>;

/** One handler for each message of a client. A ProblemError that one throws is put into the API's words. */
export type MessageHandlers<Ch extends ChannelTypes> = {
  readonly [Type in keyof Ch['client']]: MessageHandler<Ch, Type>;
};

interface OpenedParts<Ch extends ChannelTypes, Context> {
  readonly messages: MessageHandlers<Ch>;
  /**
   * Types whose handlers do not keep later messages waiting. All others are handled one after the other, in
   * the order in which they came.
   */
  readonly concurrent?: readonly (keyof Ch['client'])[];
  /** What is sent without being asked for, from the position that `ready` told, or that a client resumes from. */
  readonly subscribe?: (request: SubscribeRequest) => Awaitable<Subscription<Ch>>;
  /**
   * The client sent its credential anew, and it is good. Answers what `ready` carries now, or throws a
   * SocketClosed when it is of somebody else.
   */
  readonly renew?: (context: Context) => Awaitable<ReadyData<Ch>>;
  /** The connection has ended. */
  readonly closed?: (end: SocketEnd) => void;
}

/** How a connection ended: the code and reason of the side that closed first. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
}

/** What a connection does from now on. Where the document has a message `ready`, with what that carries. */
export type OpenedSocket<Ch extends ChannelTypes, Context> = OpenedParts<Ch, Context> &
  (Ch['session'] extends { readonly ready: unknown }
    ? { readonly ready: ReadyData<Ch> }
    : { readonly ready?: never });

/**
 * Takes up a connection that was authenticated. What it knows of the connection it keeps in its closure. Throws
 * a SocketClosed to refuse it.
 */
export type SocketHandler<Ch extends ChannelTypes, Context> = (
  connection: SocketConnection<Ch, Context>,
) => Awaitable<OpenedSocket<Ch, Context>>;

/** One handler for each channel of the wire types `Channels`. */
export type ChannelHandlers<Channels, Context> = {
  readonly [Name in keyof Channels]: Channels[Name] extends ChannelTypes
    ? SocketHandler<Channels[Name], Context>
    : never;
};

/** One handler for each channel of the contract `C`. */
export type SocketHandlers<C, Context> = ChannelHandlers<ChannelsOf<C>, Context>;
