import type { NodeFinished, Progress, TokenUsage } from '../events.ts';
import type { Clock } from '../ports.ts';
import { cancelled, NO_TOKENS } from './node-events.ts';
import { addTokens, type Replay } from './replay.ts';
import { inScope, keyOf } from './scope.ts';

/** What a run has come to in numbers, those of earlier claims included. */
export interface Tally {
  /** The next index of a node that begins. */
  nextIndex(): number;
  add(event: NodeFinished): void;
  /** The ends of nodes inside containers that an earlier claim began, and that this one has not come to. */
  cancelUnfinished(): readonly NodeFinished[];
  /** What to tell of the progress, if it has grown: the share of the work is done, from 0 to 1. */
  progress(
    share: number,
    counts: { readonly finished: number; readonly reachable: number },
  ): Progress | undefined;
  totals(): { readonly tokens: TokenUsage; readonly steps: number };
  /** The nodes that have ended; of a run with very many the first ones. */
  ended(): readonly NodeFinished[];
}

/** Of a run with more nodes the first ones are counted. */
const MAX_STATS_NODES = 5_000;

export function createTally(replay: Replay, clock: Clock): Tally {
  const unfinished = new Map(replay.unfinished);
  const ended: NodeFinished[] = replay.finished.slice(0, MAX_STATS_NODES);
  let { nodeIndex, percent, tokens } = replay;
  let steps = replay.finished.length;
  return {
    nextIndex: () => ++nodeIndex,
    add(event) {
      steps++;
      tokens = addTokens(tokens, event.tokens);
      unfinished.delete(keyOf(event.nodeId, event.scope));
      if (ended.length < MAX_STATS_NODES) ended.push(event);
    },
    cancelUnfinished: () =>
      Array.from(unfinished.values(), ({ started, startedAt, attempt }): NodeFinished => {
        const { nodeId, scope, nodeType, title, index } = started;
        return {
          type: 'node_finished',
          nodeId,
          ...inScope(scope),
          nodeType,
          title,
          index,
          elapsedMs: Math.max(0, clock.now() - startedAt),
          tokens: NO_TOKENS,
          attempts: attempt,
          ...cancelled(nodeId),
        };
      }),
    progress(share, { finished, reachable }) {
      const next = Math.floor(100 * share);
      if (next <= percent) return undefined;
      percent = next;
      return { type: 'progress', percent, finishedNodes: finished, totalNodes: reachable };
    },
    totals: () => ({ tokens, steps }),
    ended: () => ended,
  };
}
