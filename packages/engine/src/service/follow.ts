import type { StoredEvent } from '../events.ts';
import type { Clock, EventLog, RunSummary, Wake } from '../ports.ts';
import { isFinal } from '../run-state.ts';

const PAGE_SIZE = 256;
const POLL_MS = 1_000;
const DONE = { value: undefined, done: true } as const;

/** A reader of one run. Leaving a loop, or `return()`, ends it, also while `next()` waits. */
export interface Reader<T> extends AsyncIterableIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
}

export interface Followers {
  /**
   * A run's events with a seq above `after`, each once and in order, as `toItem` makes of them, until its
   * `run_finished`. The log is the truth; hints shorten the wait and a read every second makes up for those
   * that got lost. Reads only as fast as the caller takes. `onEnd` is called once, however it ends.
   */
  follow<T>(run: RunSummary, after: number, toItem: (stored: StoredEvent) => T, onEnd: () => void): Reader<T>;
}

/** What the readers of one process share. */
interface Sources {
  readonly log: EventLog;
  readonly wake: Wake;
  readonly poll: Poll;
}

export function createFollowers(log: EventLog, wake: Wake, clock: Clock): Followers {
  const sources = { log, wake, poll: createPoll(clock) };
  return {
    follow: (run, after, toItem, onEnd) => new RunReader(sources, run, after, toItem, onEnd),
  };
}

/** A class, and none of its waits has a timer or a signal of its own: there may be ten thousand that are idle. */
class RunReader<T> implements Reader<T> {
  readonly #sources: Sources;
  readonly #runId: string;
  readonly #toItem: (stored: StoredEvent) => T;
  readonly #onEnd: () => void;
  readonly #stopListening: () => void;
  #page: readonly StoredEvent[] = [];
  #taken = 0;
  #cursor: number;
  #announced = 0;
  #isOver = false;
  #resume: (() => void) | undefined;

  constructor(
    sources: Sources,
    run: RunSummary,
    after: number,
    toItem: (stored: StoredEvent) => T,
    onEnd: () => void,
  ) {
    this.#sources = sources;
    this.#runId = run.id;
    this.#cursor = after;
    this.#toItem = toItem;
    this.#onEnd = onEnd;
    this.#stopListening = sources.wake.onAppended(run.id, (seq) => this.#hear(seq));
    // Its last event is behind the cursor: it will not come by again.
    if (isFinal(run.state) && after >= run.lastSeq) this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const stored = this.#page[this.#taken];
    return stored && !this.#isOver ? Promise.resolve(this.#deliver(stored)) : this.#load();
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end();
    return DONE;
  }

  async #load(): Promise<IteratorResult<T, undefined>> {
    const { log, poll } = this.#sources;
    while (!this.#isEnded()) {
      const asked = this.#cursor;
      this.#page = await log.read(this.#runId, asked, PAGE_SIZE);
      this.#taken = 0;
      const [stored] = this.#page;
      if (stored && !this.#isEnded()) return this.#deliver(stored);
      if (this.#announced > asked || this.#isEnded()) continue;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        poll.add(this);
      });
    }
    return DONE;
  }

  /** Goes on, if it waits. */
  wakeUp(): void {
    this.#sources.poll.delete(this);
    this.#resume?.();
    this.#resume = undefined;
  }

  #hear(seq: number): void {
    this.#announced = Math.max(this.#announced, seq);
    this.wakeUp();
  }

  #deliver(stored: StoredEvent): IteratorResult<T, undefined> {
    this.#taken += 1;
    this.#cursor = stored.seq;
    if (stored.event.type === 'run_finished') this.#end();
    return { value: this.#toItem(stored), done: false };
  }

  // A method, as it changes during an await, which the compiler's narrowing does not see.
  #isEnded(): boolean {
    return this.#isOver;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopListening();
    this.wakeUp();
    this.#onEnd();
  }
}

interface Waiting {
  wakeUp(): void;
}

interface Poll {
  add(reader: Waiting): void;
  delete(reader: Waiting): void;
}

/** Wakes all readers that wait, once a second and with one timer, which stops when there are none. */
function createPoll(clock: Clock): Poll {
  const waiting = new Set<Waiting>();
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.size > 0) {
      await clock.sleep(POLL_MS);
      for (const reader of [...waiting]) reader.wakeUp();
    }
    isRunning = false;
  }

  return {
    add(reader) {
      waiting.add(reader);
      if (!isRunning) void run();
    },
    delete: (reader) => void waiting.delete(reader),
  };
}
