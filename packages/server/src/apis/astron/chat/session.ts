import type { InterruptFrame, PingFrame } from '@flowwire/contract/astron';
import type { Reader, RunService, RunStore, RunSummary, StoredEvent } from '@flowwire/engine';
import type { StreamFrame } from '@flowwire/koa';
import { pingFrame } from '../dialect/frames.ts';
import type { Teller } from '../dialect/teller.ts';
import { within } from './within.ts';

export interface SessionDeps {
  readonly service: Pick<RunService, 'follow'>;
  readonly runs: Pick<RunStore, 'get'>;
  readonly now: () => number;
}

/** One answer: the part of a run from its begin, or from the answer to a question, to its end or the next question. */
export interface Session<Frame> {
  readonly run: RunSummary;
  readonly sid: string;
  readonly teller: Teller<Frame>;
  /** Events up to this seq are not of the answer. */
  readonly after: number;
  /** The question whose answer the part begins with; absent for the begin of the run. */
  readonly questionId?: string;
  /** The seq of the answer to the question that the part ended with; absent while it has not. */
  readonly endedBy?: number;
  /** The seq of the last frame that was seen: frames up to it are counted, and not sent again. */
  readonly cursor: number;
  /** Milliseconds without a frame until a ping; absent for none. */
  readonly pingMs?: number;
}

/** Frames, until the part of the run is over. `return()` ends it, also while `next()` waits. */
export type Frames<Frame> = AsyncIterableIterator<StreamFrame<Frame | PingFrame | InterruptFrame>>;

const FIRST_LOOK_MS = 5;
const MAX_LOOK_MS = 1_000;

/** Follows a run, as a reader of it. */
export function followSession<Frame>(deps: SessionDeps, session: Session<Frame>): Frames<Frame> {
  const reader = deps.service.follow(session.run, session.after, (stored) => stored);
  const frames = tellUntilOver(deps, session, reader);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => frames.next(),
    async return() {
      // A generator that waits for an event would be asked to return only then.
      await reader.return();
      return frames.return(undefined);
    },
  };
}

/** A reader that stayed would keep a run going that nobody reads. */
async function* tellUntilOver<Frame>(
  deps: SessionDeps,
  session: Session<Frame>,
  reader: Reader<StoredEvent>,
) {
  try {
    return yield* tellEvents(deps, session, reader);
  } finally {
    await reader.return();
  }
}

async function* tellEvents<Frame>(
  { runs, now }: SessionDeps,
  { run, sid, teller, questionId, endedBy, cursor, pingMs = Number.POSITIVE_INFINITY }: Session<Frame>,
  reader: Reader<StoredEvent>,
): AsyncGenerator<StreamFrame<Frame | PingFrame | InterruptFrame>, undefined> {
  let hasBegun = questionId === undefined;
  let lastRead = 0;
  // What an interrupt is told of: so it is the same whenever it is told.
  let last = { seq: 0, at: run.createdAt };
  let lookMs = FIRST_LOOK_MS;
  let pingAt = performance.now() + pingMs;
  const interrupt = () => ({ id: String(last.seq), item: teller.interrupt(last.at) });

  teller.begin();
  for (let next = reader.next(); ; ) {
    const isAsking = hasBegun && teller.hasOpenQuestion;
    const patience = Math.min(pingAt - performance.now(), isAsking ? lookMs : Number.POSITIVE_INFINITY);
    const result = await within(next, patience);
    if (result === undefined) {
      if (isAsking && (await waits(runs, run, lastRead))) return yield* ended(interrupt());
      lookMs = Math.min(2 * lookMs, MAX_LOOK_MS);
      if (performance.now() < pingAt) continue;
      yield { item: pingFrame(sid, now()) };
      pingAt = performance.now() + pingMs;
      continue;
    }
    if (result.done === true) return undefined;
    const { seq, at, event } = result.value;
    if (endedBy !== undefined && seq >= endedBy) return yield* ended(interrupt());
    lastRead = seq;
    // A pause leaves no trace: a question is told with the same id before and after it.
    if (event.type !== 'run_paused' && event.type !== 'run_resumed') last = { seq, at };
    hasBegun ||= event.type === 'question_answered' && event.questionId === questionId;
    const item = hasBegun ? teller.tell(result.value) : undefined;
    if (item !== undefined && seq > cursor) {
      yield { id: String(seq), item };
      pingAt = performance.now() + pingMs;
    }
    if (event.type === 'run_finished') return undefined;
    lookMs = FIRST_LOOK_MS;
    next = reader.next();
  }
}

/** Whether the run waits for people, and everything that it did before has been read. */
async function waits(
  runs: SessionDeps['runs'],
  { tenantId, id }: RunSummary,
  lastRead: number,
): Promise<boolean> {
  const run = await runs.get(tenantId, id);
  return run?.state === 'waiting' && run.lastSeq <= lastRead;
}

function* ended<Item>({ id, item }: { readonly id: string; readonly item: Item | undefined }) {
  if (item !== undefined) yield { id, item };
  return undefined;
}
