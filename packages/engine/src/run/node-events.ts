import type { GraphNode } from '../definition/graph.ts';
import { type NodeError, toRunError } from '../errors.ts';
import type { NodeFinished, NodeRetry, NodeStarted, TokenUsage } from '../events.ts';

/** A node between its first start and its end. */
export interface RunningNode {
  readonly index: number;
  readonly startedAt: number;
  /** The attempt that runs or is about to. */
  attempt: number;
  /** Attempts that ended in an error. */
  failures: number;
}

/** How a node ended. */
export type NodeEnding = Pick<NodeFinished, 'status' | 'outputs' | 'handle' | 'error'> & {
  readonly tokens?: TokenUsage;
};

export const NO_TOKENS: TokenUsage = { prompt: 0, completion: 0 };

export function nodeStarted(
  { node }: GraphNode,
  { index, attempt }: RunningNode,
  predecessorId: string | undefined,
): NodeStarted {
  return {
    type: 'node_started',
    nodeId: node.id,
    nodeType: node.type,
    title: node.title ?? node.id,
    index,
    attempt,
    ...(predecessorId !== undefined && { predecessorId }),
  };
}

export function nodeRetry(
  { node }: GraphNode,
  { attempt }: RunningNode,
  error: NodeError,
  discardFromSeq: number,
  delayMs: number,
): NodeRetry {
  const runError = toRunError(error, node.id);
  return {
    type: 'node_retry',
    nodeId: node.id,
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
    nodeType: node.type,
    title: node.title ?? node.id,
    index: begun.index,
    elapsedMs: Math.max(0, now - begun.startedAt),
    tokens: NO_TOKENS,
    attempts: begun.attempt,
    ...ending,
  };
}
