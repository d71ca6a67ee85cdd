import { randomBytes } from 'node:crypto';

/**
 * A new opaque id such as `run_0197b1c2d3e4f5a6b7c8d9e0f1a2b3c4`. The first 12 hexadecimal digits are the
 * time in milliseconds since the epoch, so that rows made together lie together in the store's indexes.
 */
export const newId = (prefix: string, now: number): string =>
  `${prefix}_${now.toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`;
