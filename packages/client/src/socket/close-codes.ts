import type { CloseCode } from '@flowwire/contract';

/** Codes of RFC 6455 section 7.4.1 after which the same connection would fail again. */
const FATAL = new Set([1002, 1003, 1007, 1008, 1009, 1010]);
const NORMAL = 1000;
/** The server restarts or is overloaded: all of its clients come back at once. */
const CROWDED = new Set([1012, 1013]);

const BASE_DELAY_MS = 250;
const CROWDED_BASE_DELAY_MS = 2000;

/** What the close code of a server means for its client. */
export interface CloseVerdict {
  /** `retry`: connect again. `end`: the server has no more to say. `fail`: it would refuse again. */
  readonly action: 'retry' | 'end' | 'fail';
  /** The bound of the first delay, which doubles from there. */
  readonly delayMs: number;
  readonly reason: string;
}

/**
 * Reads a close code: as the document says (`x-close-codes`), else by RFC 6455. Codes from 4400 to 4499 that
 * no document lists are read like the HTTP statuses from which they are made: only 4408 and 4429 may pass.
 */
export function judgeClose(code: number, said: string, documented: readonly CloseCode[]): CloseVerdict {
  const known = documented.find((entry) => entry.code === code);
  const reason = said || known?.reason || 'no reason given';
  const delayMs = CROWDED.has(code) ? CROWDED_BASE_DELAY_MS : BASE_DELAY_MS;
  const isRetried = known?.retry ?? (code !== NORMAL && !isFatal(code));
  if (isRetried) return { action: 'retry', delayMs, reason };
  return { action: code === NORMAL ? 'end' : 'fail', delayMs, reason };
}

function isFatal(code: number): boolean {
  if (code >= 4400 && code <= 4499) return code !== 4408 && code !== 4429;
  return FATAL.has(code);
}

/** @throws TypeError for a code or reason that a WebSocket does not take (WHATWG WebSockets, close()). */
export function checkClose(code: number, reason: string): void {
  if (code !== NORMAL && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    throw new TypeError(`a socket is closed with 1000, or a code from 3000 to 4999, not ${code}`);
  }
  const bytes = new TextEncoder().encode(reason).length;
  if (bytes > 123) throw new TypeError(`the reason of a close has at most 123 bytes, not ${bytes}`);
}
