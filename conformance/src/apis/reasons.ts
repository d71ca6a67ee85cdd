import type { Unprovoked } from '../api.ts';

/** Answers that tell of a fault of the server, which no request can be sure to bring about. */
export const SERVER_FAULTS: readonly Unprovoked[] = [
  { status: 500, why: 'it tells of a fault of the server' },
  { status: 503, why: 'it tells that the server is shutting down or cannot reach its store' },
];
