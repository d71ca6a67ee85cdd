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
