export interface PageRequest {
  /** How many at most; long items make shorter pages. */
  readonly limit: number;
  /** The opaque cursor of an earlier page. */
  readonly cursor?: string;
}

/** Thrown by lists for a cursor that no earlier page gave. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** A part of a list by place, for lists that say how long they are. */
export interface OffsetRequest {
  /** How many items come before it. */
  readonly offset: number;
  readonly limit: number;
}

/** A part of a list. Empty beyond the list's end. */
export interface CountedPage<T> {
  readonly items: readonly T[];
  /** How many items the whole list has. */
  readonly total: number;
}
