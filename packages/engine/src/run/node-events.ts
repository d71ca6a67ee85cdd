import type { GraphNode } from '../definition/graph.ts';
import { type NodeError, toRunError } from '../errors.ts';
import type { NodeFinished, NodeRetry, NodeStarted, TokenUsage } from '../events.ts';
import { inScope, type ScopePath } from './scope.ts';

/** A node between its first start and its end. */
export interface RunningNode {
  readonly index: number;
  readonly startedAt: number;
  readonly scope: ScopePath;
  /** The attempt that runs or is about to. */
  attempt: number;
  /** Attempts that ended in an error. */
  failures: number;
  /** The first reasoning that this attempt has told. */
  firstReasoningSeq?: number | undefined;
}

/** How a node ended. */
export type NodeEnding = Pick<
  NodeFinished,
  'status' | 'outputs' | 'handle' | 'error' | 'variables' | 'logs'
> & {
  readonly tokens?: TokenUsage;
};

/** The end of a node that the end of its graph has cut short. */
export const cancelled = (nodeId: string): NodeEnding => ({
  status: 'cancelled',
  outputs: {},
  error: { code: 'cancelled', message: 'the run ended before the node did', nodeId },
});

export const NO_TOKENS: TokenUsage = { prompt: 0, completion: 0 };

export function nodeStarted(
  { node }: GraphNode,
  { index, attempt, scope }: RunningNode,
  predecessorId: string | undefined,
): NodeStarted {
  return {
    type: 'node_started',
    nodeId: node.id,
    ...inScope(scope),
    nodeType: node.type,
    title: node.title ?? node.id,
    index,
    attempt,
    ...(predecessorId !== undefined && { predecessorId }),
  };
}

export function nodeRetry(
  { node }: GraphNode,
  { attempt, scope }: RunningNode,
  error: NodeError,
  discardFromSeq: number,
  delayMs: number,
): NodeRetry {
  const runError = toRunError(error, node.id);
  return {
    type: 'node_retry',
    nodeId: node.id,
    ...inScope(scope),
    attempt,
    reason: 'error',
    error: runError,
    discardFromSeq,
    delayMs,
  };
}

export function nodeFinished(
  { node }: GraphNode,
  begun: RunningNode,
  ending: NodeEnding,
  now: number,
): NodeFinished {
  return {
    type: 'node_finished',
    nodeId: node.id,
    ...inScope(begun.scope),
    nodeType: node.type,
    title: node.title ?? node.id,
    index: begun.index,
    elapsedMs: Math.max(0, now - begun.startedAt),
    tokens: NO_TOKENS,
    attempts: begun.attempt,
    ...ending,
  };
}
