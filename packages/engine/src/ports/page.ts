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
