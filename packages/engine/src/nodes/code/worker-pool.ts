import type { Worker } from 'node:worker_threads';
import { NodeError } from '../../errors.ts';
import { hasEnded } from './worker-thread.ts';

/** A thread that is lent to one job. */
export interface Lent {
  readonly worker: Worker;
  readonly key: string;
}

export interface WorkerPool {
  /**
   * Lends a thread that no job of another key has used. Waits for its turn when all are busy.
   * Throws NodeError `sandbox_busy` when too many wait, or the signal's reason.
   */
  acquire(key: string, signal: AbortSignal): Promise<Lent>;
  /** Gives a thread back; one that must not be used again is ended. */
  release(lent: Lent, isReusable: boolean): void;
  close(): Promise<void>;
}

export interface WorkerPoolSettings {
  readonly maxWorkers: number;
  readonly maxWaiting: number;
  /** Begins a thread that is ready for a job. */
  readonly start: () => Promise<Worker>;
}

/**
 * At most `maxWorkers` threads with a key and, from the first use on, a spare one that nobody has used: it
 * takes the place of a thread that was ended, or of an idle one that belongs to another key.
 */
export function createWorkerPool({ maxWorkers, maxWaiting, start }: WorkerPoolSettings): WorkerPool {
  const idle: Lent[] = [];
  const all = new Set<Worker>();
  const waiting = new Set<() => void>();
  let lent = 0;
  let spare: Promise<Worker> | undefined;
  let isClosed = false;

  async function begin(): Promise<Worker> {
    const worker = await start();
    if (isClosed) void worker.terminate();
    else all.add(worker);
    return worker;
  }

  function end(worker: Worker): void {
    all.delete(worker);
    void worker.terminate();
  }

  /** The spare thread, or a new one; the next spare begins when this one is there. */
  async function takeNew(): Promise<Worker> {
    const kept = spare;
    spare = undefined;
    const ready = await kept?.catch(() => undefined);
    const worker = ready && !hasEnded(ready) ? ready : await begin();
    if (!spare && !isClosed) {
      spare = begin();
      // Whoever takes it tries again.
      spare.catch(() => undefined);
    }
    return worker;
  }

  function takeIdle(key: string): Lent | undefined {
    const index = idle.findIndex((one) => one.key === key);
    const [found] = index < 0 ? [] : idle.splice(index, 1);
    if (found && !hasEnded(found.worker)) return found;
    if (found) end(found.worker);
    // Its place is needed: the one that was idle longest belongs to somebody else.
    if (lent + idle.length > maxWorkers) {
      const oldest = idle.shift();
      if (oldest) end(oldest.worker);
    }
    return undefined;
  }

  /** Resolves when it is this caller's turn; a turn is one of `maxWorkers`. */
  function turn(signal: AbortSignal): Promise<void> | undefined {
    if (lent < maxWorkers) {
      lent++;
      return undefined;
    }
    if (waiting.size >= maxWaiting) {
      const message = `${maxWaiting} code nodes wait for the sandbox already: try again later`;
      throw new NodeError(message, { code: 'sandbox_busy', retryable: true });
    }
    return new Promise((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(take);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.add(take);
    });
  }

  function endTurn(): void {
    const [next] = waiting;
    if (!next) {
      lent--;
      return;
    }
    waiting.delete(next);
    next();
  }

  function release(member: Lent, isReusable: boolean): void {
    if (isReusable && !isClosed) idle.push(member);
    else end(member.worker);
    endTurn();
  }

  return {
    async acquire(key, signal) {
      signal.throwIfAborted();
      await turn(signal);
      const found = takeIdle(key);
      if (found) return found;
      const starting = takeNew();
      try {
        return { worker: await unlessAborted(starting, signal), key };
      } catch (error) {
        // A thread that nobody waits for any more is not wasted.
        starting.then((worker) => release({ worker, key }, true), endTurn);
        throw error;
      }
    },
    release,
    async close() {
      isClosed = true;
      idle.length = 0;
      await Promise.all([...all].map((worker) => worker.terminate()));
      all.clear();
    },
  };
}

/** Throws the signal's reason as soon as it aborts. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
  });
}
