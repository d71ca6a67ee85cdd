import type {
  FinalState,
  NodeFinished,
  NodeStarted,
  QuestionAsked,
  QuestionReply,
  RunError,
  RunEvent,
  StoredEvent,
  TokenUsage,
} from '../events.ts';
import type { EventLog } from '../ports.ts';
import { keyOf, type ScopePath } from './scope.ts';
import { changesIn, type LoggedChange } from './variables.ts';

/** What a run's log says about it so far. */
export interface Replay {
  readonly lastSeq: number;
  readonly startedAt: number | undefined;
  /** In the order of ending. */
  readonly finished: readonly NodeFinished[];
  /** The same by their scopes, each with its place among all, from 1. */
  readonly finishedIn: ReadonlyMap<ScopePath, readonly EndedNode[]>;
  /** What they changed, by whose variables they are: see `changesIn`. */
  readonly changes: ReadonlyMap<string, readonly LoggedChange[]>;
  /** Nodes that began and did not end, by `keyOf`. */
  readonly unfinished: ReadonlyMap<string, UnfinishedNode>;
  /** How many characters of each segment stand once the unfinished nodes have begun again. */
  readonly written: ReadonlyMap<SegmentKey, number>;
  /** The highest index of a node so far. */
  readonly nodeIndex: number;
  readonly percent: number;
  readonly tokens: TokenUsage;
  /** How often there was a reason to rest, and so to be claimed again: pauses, questions and their answers. */
  readonly rests: number;
  /** Whether a `run_paused` was not followed by a `run_resumed`. */
  readonly isPaused: boolean;
  /** Told by a `run_failed`. */
  readonly failure: RunError | undefined;
  /** Told by a `run_finished`. */
  readonly ended: FinalState | undefined;
}

export interface EndedNode {
  readonly event: NodeFinished;
  readonly place: number;
}

export interface UnfinishedNode {
  /** Its first start. */
  readonly started: NodeStarted;
  readonly index: number;
  readonly startedAt: number;
  /** How many nodes had ended when it began. */
  readonly endedBefore: number;
  /** The last attempt that was announced. */
  readonly attempt: number;
  /** Attempts that ended in an error. */
  readonly failures: number;
  /** How often the node was begun again because its process had died. */
  readonly recoveries: number;
  /** Its text that a further attempt makes void. */
  readonly firstTextSeq: number | undefined;
  /** What it has asked, and what came of it. */
  readonly question: QuestionAsked | undefined;
  readonly reply: QuestionReply | undefined;
}

export type SegmentKey = `${string}/${number}`;

/** `responder` is the `keyOf` of the answer or end node. */
export const segmentKey = (responder: string, segment: number): SegmentKey => `${responder}/${segment}`;

interface Delta {
  readonly seq: number;
  /** Undefined for reasoning, which is no part of an answer. */
  readonly key: SegmentKey | undefined;
  readonly length: number;
}

interface Begun {
  started: NodeStarted;
  endedBefore: number;
  index: number;
  startedAt: number;
  attempt: number;
  failures: number;
  recoveries: number;
  deltas: Delta[];
  question: QuestionAsked | undefined;
  reply: QuestionReply | undefined;
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

/** What a log that begins with these events says. */
export function replayOf(events: readonly RunEvent[], at: number): Replay {
  const fold = createFold();
  for (const [index, event] of events.entries()) fold.apply({ seq: index + 1, at, event });
  return fold.result();
}

type Handlers = {
  readonly [E in RunEvent as E['type']]: (event: E, seq: number, at: number) => void;
};

function createFold(): { apply(stored: Omit<StoredEvent, 'runId'>): void; result(): Replay } {
  const finished: NodeFinished[] = [];
  const finishedIn = new Map<ScopePath, EndedNode[]>();
  const changes = new Map<string, LoggedChange[]>();
  const begun = new Map<string, Begun>();
  const written = new Map<SegmentKey, number>();
  let [lastSeq, nodeIndex, percent] = [0, 0, 0];
  let rests = 0;
  let isPaused = false;
  let ended: FinalState | undefined;
  let tokens: TokenUsage = { prompt: 0, completion: 0 };
  let startedAt: number | undefined;
  let failure: RunError | undefined;

  const add = ({ key, length }: Delta, sign: 1 | -1): void => {
    if (key !== undefined) written.set(key, (written.get(key) ?? 0) + sign * length);
  };

  const handlers: Handlers = {
    run_started: (_event, _seq, at) => {
      startedAt = at;
    },
    node_started: (started, _seq, at) => {
      const { nodeId, scope, index, attempt } = started;
      const key = keyOf(nodeId, scope);
      const known = begun.get(key);
      nodeIndex = Math.max(nodeIndex, index);
      if (known) known.attempt = attempt;
      else {
        const endedBefore = finished.length;
        begun.set(key, { ...NEW, started, endedBefore, deltas: [], index, startedAt: at, attempt });
      }
    },
    text_delta: ({ nodeId, scope, responderId, segment, text }, seq) => {
      const key = segmentKey(keyOf(responderId, scope), segment);
      const delta = { seq, key, length: text.length };
      add(delta, 1);
      // Text of a finished node stands, and literal text is its responder's own and stands as well.
      if (nodeId !== responderId) begun.get(keyOf(nodeId, scope))?.deltas.push(delta);
    },
    reasoning_delta: ({ nodeId, scope }, seq) => {
      const deltas = begun.get(keyOf(nodeId, scope))?.deltas;
      if (deltas?.length === 0) deltas.push({ seq, key: undefined, length: 0 });
    },
    node_retry: ({ nodeId, scope, attempt, reason, discardFromSeq }) => {
      const node = begun.get(keyOf(nodeId, scope));
      if (!node) return;
      node.attempt = attempt;
      if (reason === 'error') node.failures++;
      else node.recoveries++;
      for (const delta of node.deltas) if (delta.seq >= discardFromSeq) add(delta, -1);
      node.deltas = node.deltas.filter((delta) => delta.seq < discardFromSeq);
    },
    node_finished: (event) => {
      begun.delete(keyOf(event.nodeId, event.scope));
      nodeIndex = Math.max(nodeIndex, event.index);
      const place = finished.push(event);
      addTo(finishedIn, event.scope, { event, place });
      for (const [owner, name, value] of changesIn(event))
        addTo(changes, owner, { name, value, ended: place });
      tokens = addTokens(tokens, event.tokens);
    },
    question_asked: (event) => {
      const node = begun.get(keyOf(event.nodeId, event.scope));
      if (node) node.question = event;
      rests++;
    },
    question_answered: (event) => {
      const node = begun.get(keyOf(event.nodeId, event.scope));
      if (node) node.reply = event.reply;
      rests++;
    },
    run_paused: () => {
      isPaused = true;
      rests++;
    },
    run_resumed: () => {
      isPaused = false;
    },
    progress: (event) => {
      percent = event.percent;
    },
    run_failed: ({ error }) => {
      failure = error;
    },
    run_finished: ({ status }) => {
      ended = status;
    },
  };

  function apply({ seq, at, event }: Omit<StoredEvent, 'runId'>): void {
    lastSeq = seq;
    // Sound: the table gives the handler of exactly this event's type.
    const handle = handlers[event.type] as (event: RunEvent, seq: number, at: number) => void;
    handle(event, seq, at);
  }

  function result(): Replay {
    for (const { deltas } of begun.values()) for (const delta of deltas) add(delta, -1);
    const unfinished = new Map(
      Array.from(begun, ([key, { deltas, ...node }]) => [key, { ...node, firstTextSeq: deltas[0]?.seq }]),
    );
    return {
      lastSeq,
      startedAt,
      finished,
      finishedIn,
      changes,
      unfinished,
      written,
      nodeIndex,
      percent,
      tokens,
      rests,
      isPaused,
      failure,
      ended,
    };
  }

  return { apply, result };
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, item: V): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

const NEW = { failures: 0, recoveries: 0, question: undefined, reply: undefined };

export const addTokens = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  prompt: a.prompt + b.prompt,
  completion: a.completion + b.completion,
});
