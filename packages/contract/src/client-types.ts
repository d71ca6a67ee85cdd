/** Options of one call. */
export interface CallOptions {
  /** Ends the call, its retries and its reconnects. */
  readonly signal?: AbortSignal;
  /** Milliseconds for one attempt to be answered: the whole answer, or a stream's head. */
  readonly timeoutMs?: number;
  /** Further attempts after one that failed and may be repeated. */
  readonly maxRetries?: number;
  /** Sent as they are, after those that the client sets. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options of a call that is answered by a stream. Its reconnects take the place of retries. */
export interface StreamOptions extends Omit<CallOptions, 'maxRetries'> {
  /** Milliseconds in which something must come, if only a comment, before the stream reconnects. */
  readonly idleTimeoutMs?: number;
  /** Reconnects in a row without a new event before the stream fails. */
  readonly maxReconnects?: number;
  /** How many bytes of an unfinished event are held; a longer one fails the stream. Default: the client's. */
  readonly maxEventBytes?: number;
  /** Told of each reconnect: how many came before it without an event, and why. */
  readonly onReconnect?: (attempt: number, reason: unknown) => void;
  /** Told of items that the document does not know; they are left out of the stream. */
  readonly onUnknown?: (item: unknown) => void;
}

/**
 * A typed stream of server-sent events. Items come in order, each once, over any number of
 * connections. It can be iterated once; leaving the loop closes it.
 */
export interface EventStream<Item, Terminal = Item> extends AsyncIterable<Item> {
  /** The id of the last event that was delivered. Give it to a new call to go on from there. */
  readonly lastEventId: string | undefined;
  /** Stops reading and closes the connection. Safe to call twice. */
  close(): void;
  /**
   * The item that ends the stream. Reads the rest of the stream unless a loop does so; rejects when
   * the stream fails, is closed, or ends without that item.
   */
  result(): Promise<Terminal>;
}

/** A place in a session's log. */
export interface SocketPosition {
  /** Names the log: positions of another one say nothing here. */
  readonly epoch: string;
  /** The last message that came. */
  readonly lastSeq: number;
}

/**
 * `connecting`: no connection was there yet. `open`: authenticated. `reconnecting`: the connection was lost.
 * `closed`: for good.
 */
export type SocketState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** Options of a socket. */
export interface SocketOptions {
  /** Closes the socket, and ends its waits and reconnects. */
  readonly signal?: AbortSignal;
  /** Goes on after this position of an earlier socket, where the channel can be resumed. */
  readonly resumeFrom?: SocketPosition;
  /** Milliseconds for one connection to be open and authenticated, and for a resume to be answered. Default: 10 s. */
  readonly connectTimeoutMs?: number;
  /** Reconnects in a row without a message before the socket fails. Default: 10. */
  readonly maxReconnects?: number;
  /** How many bytes wait to be sent while there is no connection, or a slow one; beyond it sending rejects. Default: 1 MiB. */
  readonly maxQueuedBytes?: number;
  /**
   * How many received messages wait for the reader. Default: 10,000. Beyond it the connection is read no
   * further where the WebSocket can pause; else it is given up until they are read, and then resumed; a
   * channel that cannot be resumed fails. Before the iteration begins, the oldest make room instead.
   */
  readonly maxUnread?: number;
  /** How many characters a message may have; a longer one fails the socket. Default: the client's `maxEventBytes`. */
  readonly maxMessageChars?: number;
  /** Told of each change of state. */
  readonly onState?: (state: SocketState) => void;
  /** Told of each reconnect: how many came before it without a message, and why. */
  readonly onReconnect?: (attempt: number, reason: unknown) => void;
  /**
   * Told that messages were missed and cannot be had again: the server's `resumeFailed` message, if it said
   * one. Where the channel can be resumed and this is not given, such a gap fails the socket.
   */
  readonly onGap?: (message: unknown) => void;
  /** Told of messages that the document does not know; they are left out. */
  readonly onUnknown?: (message: unknown) => void;
}

/** Options of a request over a socket. */
export interface SocketRequestOptions {
  /** Gives up waiting for the answer; what was sent is not taken back. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the answer to come. Default: 30 s. */
  readonly timeoutMs?: number;
}

/** By type of a request: what is sent, and the union of what may answer it. */
export type SocketRequests<Requests> = {
  readonly [Type in keyof Requests]: { readonly message: unknown; readonly reply: unknown };
};

/**
 * A typed WebSocket that reconnects and resumes. Iterating reads the server's messages, those of the
 * session's log each once and in order; control messages (authentication, heartbeats, resuming) and answers to
 * requests are not among them. It can be iterated once; leaving the loop closes it.
 */
export interface Socket<
  Sent,
  Received,
  Requests extends SocketRequests<Requests> = Readonly<Record<never, never>>,
  Discriminator extends string = never,
> extends AsyncIterable<Received> {
  readonly state: SocketState;
  /** Settles when the first connection is open and authenticated; rejects when that fails for good. */
  readonly opened: Promise<void>;
  /** Where the session's log was read to: `resumeFrom` of a later socket. Undefined where there is no log. */
  readonly position: SocketPosition | undefined;
  /**
   * Sends a message when there is a connection, after those before it. Settles when it has been handed to the
   * connection, which may still lose it.
   */
  send(message: Sent): Promise<void>;
  /**
   * Sends a message that is answered, with a correlation id of its own where it has none. Settles with the
   * answer. Rejects when the connection is lost after the message was handed to it: whether it was read is
   * not known then. One that still waits is sent over the next connection.
   */
  request<Type extends keyof Requests>(
    message: Requests[Type]['message'] & { readonly [Name in Discriminator]: Type },
    options?: SocketRequestOptions,
  ): Promise<Requests[Type]['reply']>;
  /**
   * Closes with a code (1000, or 3000 to 4999) and a reason of at most 123 bytes. The iteration ends, what
   * waits rejects. Safe to call twice.
   */
  close(code?: number, reason?: string): void;
}
