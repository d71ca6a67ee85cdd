import type { WorkflowNode } from '../../definition/types.ts';
import type { JsonValue } from '../../events.ts';
import { member, numberIn, textIn } from '../foreign.ts';
import type { AstronNode } from './flow.ts';
import type { Handler, Piece } from './handler.ts';
import { emptyOf } from './schema.ts';
import { breakBraces, plainValue } from './template.ts';

const MAX_ATTEMPTS = 10;
const MAX_TIMEOUT_MS = 3_600_000;

// The values of errorStrategy; 0 ends the run.
const CUSTOM_OUTPUT = 1;
const FAIL_BRANCH = 2;

/** What happens when a node fails, as `retryConfig` says. */
export interface Failure {
  /** Members of our node. */
  readonly members: { retry?: { max_attempts: number }; timeout_ms?: number; on_error?: 'branch' };
  /** What stands for the outputs of a failed node, by name. All are then read from a further node. */
  readonly defaults?: ReadonlyMap<string, JsonValue>;
}

const NONE: Failure = { members: {} };

/** Only nodes that call models, code or workflows have it, and only with `shouldRetry`. */
export function failureOf(node: AstronNode, handler: Handler, hasFailEdge: boolean): Failure {
  if (!handler.isFallible || member(node.retry, 'shouldRetry') !== true) return NONE;
  const strategy = numberIn(node.retry, 'errorStrategy');
  const members = { ...retryMembers(node, handler), ...(strategy === FAIL_BRANCH && hasFailEdge && BRANCH) };
  // A classifier there never fails: it takes the default class.
  if (strategy !== CUSTOM_OUTPUT || node.type === 'decision-making') return { members };
  return { members: { ...members, ...BRANCH }, defaults: defaultsOf(node) };
}

const BRANCH = { on_error: 'branch' } as const;

function retryMembers({ retry }: AstronNode, { name }: Handler): Failure['members'] {
  // A subflow has neither; its nodes have their own.
  if (name === 'subflow') return {};
  const retries = Math.floor(numberIn(retry, 'maxRetries') ?? 0);
  const timeout = Math.floor((numberIn(retry, 'timeout') ?? 60) * 1_000);
  return {
    ...(retries > 0 && { retry: { max_attempts: Math.min(retries + 1, MAX_ATTEMPTS) } }),
    ...(timeout > 0 && { timeout_ms: Math.min(timeout, MAX_TIMEOUT_MS) }),
  };
}

function defaultsOf({ outputs, retry }: AstronNode): ReadonlyMap<string, JsonValue> {
  const custom = member(retry, 'customOutput');
  return new Map(
    outputs.map(({ name, schema }) => {
      const given = member(custom, name);
      const fallback = emptyOf(textIn(schema, 'type'));
      return [name, given === undefined ? fallback : plainValue(given, breakBraces)];
    }),
  );
}

/** The node that a failed node's outputs are read from. */
export const resultId = (id: string): string => `${id}_result`;

/** A piece whose last node, when it fails, is followed by the default outputs. */
export function withDefaults(
  piece: Piece,
  id: string,
  defaults: ReadonlyMap<string, JsonValue>,
  referenceTo: (output: string) => string,
): Piece {
  const groups = Object.fromEntries(
    Array.from(defaults, ([name, value]) => [name, [referenceTo(name), value]]),
  );
  const result: WorkflowNode = { id: resultId(id), type: 'aggregator', groups };
  return { ...piece, nodes: [...piece.nodes, result], edges: [{ from: id, to: result.id, on: 'error' }] };
}
