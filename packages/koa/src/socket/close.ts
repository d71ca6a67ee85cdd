/**
 * What a server closes a socket with. Those from 4400 on are made from HTTP statuses; a document lists them
 * in `x-close-codes`, so that clients know which may pass.
 */
export const CLOSE = {
  tooLarge: 1009,
  internal: 1011,
  draining: 1012,
  tooSlow: 4008,
  malformed: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  timedOut: 4408,
  flooded: 4429,
} as const;

const MAX_REASON_BYTES = 123;

/**
 * Thrown by a handler to close the connection with a code of its own; and the reason of a connection's
 * aborted signal, whoever closed it.
 */
export class SocketClosed extends Error {
  override readonly name = 'AbortError';
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason = '') {
    super(`the socket was closed: ${code}${reason && `, ${reason}`}`);
    this.code = code;
    this.reason = reason;
  }
}

/** As much of a text as fits into a close frame (RFC 6455 section 5.5.1), without half a character. */
export const closeReason = (text: string): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_REASON_BYTES) return text;
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES)).replace(/\uFFFD+$/, '');
};
