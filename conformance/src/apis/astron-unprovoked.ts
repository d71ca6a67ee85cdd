import type { Unprovoked } from '../api.ts';
import { SERVER_FAULTS } from './reasons.ts';

/** Errors with two numbers: that of the documents, and astron-agent's own. */
export const SAME_ERRORS = [
  [1001, 20204],
  [1002, 20805],
  [1003, 23900],
  [1004, 20206],
  [1005, 20002],
  [1006, 20201],
  [1007, 20007],
  [1008, 23601],
  [1009, 23604],
] as const;

const reasons = (why: string, ...codes: number[]): readonly Unprovoked[] =>
  codes.map((code) => ({ status: 200, code, why }));

/** What no request can be sure to bring about. */
export const UNPROVOKED: readonly Unprovoked[] = [
  ...SERVER_FAULTS,
  ...reasons('it tells of a fault of the server', 1002, 20805),
  ...reasons('whoever has a key is an app of a tenant here', 1005, 20002),
  ...reasons('binding fails with the server alone', 1007, 20007),
  ...reasons("gigabytes would have to be sent, or the server's disk be full", 1009, 23604),
  ...reasons('a run may take minutes', 20804),
  ...reasons('a thousand others would have to run code', 21604),
  ...reasons('a model would have to fail at reading an answer', 23803),
  ...reasons('of two answers one may be told before the other comes', 23901),
  {
    operationId: 'debugNode',
    status: 200,
    code: 22303,
    why: 'a node that is tried out may take minutes',
  },
  {
    operationId: 'buildLayout',
    status: 200,
    code: 22101,
    why: 'a draft was supported when it was stored',
  },
];
