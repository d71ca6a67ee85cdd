import type { SocketPosition } from '../client-types.ts';
import { readAt } from './pointer.ts';

/** The position that the `data` of a control message tells, where it tells one (`x-socket-session`). */
export function readPosition(data: unknown): SocketPosition | undefined {
  const [epoch, lastSeq] = [readAt(data, ['epoch']), readAt(data, ['lastSeq'])];
  if (typeof epoch !== 'string' || !Number.isSafeInteger(lastSeq)) return undefined;
  return { epoch, lastSeq: Number(lastSeq) };
}
