/** A request with an Idempotency-Key, before it is carried out. */
export interface KeyedRequest extends HeldKey {
  /** Tells whether a repeated request is the same one. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A key that a process has reserved. */
export interface HeldKey {
  readonly tenantId: string;
  readonly key: string;
  /** The process; another one for each boot. */
  readonly owner: string;
}

export type Reservation =
  /** The request is the caller's to carry out. */
  | { readonly outcome: 'reserved' }
  /** Another process is at it. */
  | { readonly outcome: 'pending' }
  /** The key was used with another request, or has started a run. */
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'answered'; readonly reply: string };

/** What was answered to requests with a key, for 24 hours. Shares its keys with those of runs (`RunStore.create`). */
export interface IdempotencyStore {
  /**
   * Takes a key that is new or expired; otherwise tells what became of it. The same request may take a key again that
   * its process holds, or that was recovered: nobody has answered it. So a process must not be at a request with
   * the key while it asks.
   */
  reserve(request: KeyedRequest): Promise<Reservation>;
  /** Keeps the answer of a reserved request. Nothing happens if another process holds the key by now. */
  answer(held: HeldKey, reply: string): Promise<void>;
  /** Gives a reserved key back: the request came to nothing. Nothing happens if another process holds it by now. */
  release(held: HeldKey): Promise<void>;
  /** At boot: keys that other processes reserved and never answered may be taken again, by the same request. */
  recover(owner: string): Promise<void>;
}
