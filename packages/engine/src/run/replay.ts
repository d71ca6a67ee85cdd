import type { FinalState, NodeFinished, RunError, StoredEvent, TokenUsage } from '../events.ts';
import type { EventLog } from '../ports.ts';

/** What a run's log says about it so far. */
export interface Replay {
  readonly lastSeq: number;
  readonly startedAt: number | undefined;
  /** In the order of ending. */
  readonly finished: readonly NodeFinished[];
  /** Nodes that began and did not end. */
  readonly unfinished: ReadonlyMap<string, UnfinishedNode>;
  /** How many characters of each segment stand once the unfinished nodes have begun again. */
  readonly written: ReadonlyMap<SegmentKey, number>;
  /** The highest index of a node so far. */
  readonly nodeIndex: number;
  readonly percent: number;
  readonly tokens: TokenUsage;
  /** Told by a `run_failed`. */
  readonly failure: RunError | undefined;
  /** Told by a `run_finished`. */
  readonly ended: FinalState | undefined;
}

export interface UnfinishedNode {
  readonly index: number;
  readonly startedAt: number;
  /** The last attempt that was announced. */
  readonly attempt: number;
  /** Attempts that ended in an error. */
  readonly failures: number;
  /** How often the node was begun again because its process had died. */
  readonly recoveries: number;
  /** Its text that a further attempt makes void. */
  readonly firstTextSeq: number | undefined;
}

export type SegmentKey = `${string}/${number}`;

export const segmentKey = (responderId: string, segment: number): SegmentKey => `${responderId}/${segment}`;

interface Delta {
  readonly seq: number;
  readonly key: SegmentKey;
  readonly length: number;
}

interface Begun {
  index: number;
  startedAt: number;
  attempt: number;
  failures: number;
  recoveries: number;
  deltas: Delta[];
}

const PAGE_SIZE = 1_000;

/** Folds a run's whole log, page by page. */
export async function readReplay(log: EventLog, runId: string): Promise<Replay> {
  const fold = createFold();
  for (let after = 0; ; ) {
    const page = await log.read(runId, after, PAGE_SIZE);
    for (const stored of page) fold.apply(stored);
    after = page.at(-1)?.seq ?? after;
    if (page.length === 0) return fold.result();
  }
}

export const emptyReplay = (): Replay => createFold().result();

function createFold(): { apply(stored: StoredEvent): void; result(): Replay } {
  const finished: NodeFinished[] = [];
  const begun = new Map<string, Begun>();
  const written = new Map<SegmentKey, number>();
  let [lastSeq, nodeIndex, percent] = [0, 0, 0];
  let ended: FinalState | undefined;
  let tokens: TokenUsage = { prompt: 0, completion: 0 };
  let startedAt: number | undefined;
  let failure: RunError | undefined;

  const add = (key: SegmentKey, length: number): void => {
    written.set(key, (written.get(key) ?? 0) + length);
  };

  function apply({ seq, at, event }: StoredEvent): void {
    lastSeq = seq;
    switch (event.type) {
      case 'run_started':
        startedAt = at;
        return;
      case 'node_started': {
        const known = begun.get(event.nodeId);
        nodeIndex = Math.max(nodeIndex, event.index);
        if (known) known.attempt = event.attempt;
        else {
          const { index, attempt } = event;
          begun.set(event.nodeId, { index, startedAt: at, attempt, failures: 0, recoveries: 0, deltas: [] });
        }
        return;
      }
      case 'text_delta': {
        const key = segmentKey(event.responderId, event.segment);
        const length = event.text.length;
        add(key, length);
        // Text of a finished node stands, and literal text is its responder's own and stands as well.
        if (event.nodeId !== event.responderId) begun.get(event.nodeId)?.deltas.push({ seq, key, length });
        return;
      }
      case 'node_retry': {
        const node = begun.get(event.nodeId);
        if (!node) return;
        node.attempt = event.attempt;
        if (event.reason === 'error') node.failures++;
        else node.recoveries++;
        for (const delta of node.deltas) if (delta.seq >= event.discardFromSeq) add(delta.key, -delta.length);
        node.deltas = node.deltas.filter((delta) => delta.seq < event.discardFromSeq);
        return;
      }
      case 'node_finished':
        begun.delete(event.nodeId);
        finished.push(event);
        tokens = addTokens(tokens, event.tokens);
        return;
      case 'progress':
        percent = event.percent;
        return;
      case 'run_failed':
        failure = event.error;
        return;
      case 'run_finished':
        ended = event.status;
        return;
      default:
        event satisfies never;
    }
  }

  function result(): Replay {
    for (const { deltas } of begun.values()) for (const { key, length } of deltas) add(key, -length);
    const unfinished = new Map(
      Array.from(begun, ([id, { deltas, ...node }]) => [id, { ...node, firstTextSeq: deltas[0]?.seq }]),
    );
    return { lastSeq, startedAt, finished, unfinished, written, nodeIndex, percent, tokens, failure, ended };
  }

  return { apply, result };
}

export const addTokens = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  prompt: a.prompt + b.prompt,
  completion: a.completion + b.completion,
});
