import { Worker } from 'node:worker_threads';
import { NodeError } from '../../errors.ts';
import type { JsonObject } from '../../events.ts';

export interface CodeJob {
  /** JavaScript that defines `function main(inputs)`. */
  readonly source: string;
  readonly inputs: JsonObject;
  readonly timeoutMs: number;
  readonly memoryLimitMb: number;
}

/** Runs untrusted code without network, file system or clock other than `Date`. */
export interface CodeSandbox {
  /**
   * Answers what `main` returned. Waits for a free thread first; the time limit counts from then on.
   * Throws NodeError `code_failed`, `code_memory_limit`, `node_timed_out` or `output_too_large`, or the
   * signal's reason, upon which the code is stopped at once.
   */
  run(job: CodeJob, signal: AbortSignal): Promise<JsonObject>;
  close(): Promise<void>;
}

export interface CodeSandboxSettings {
  /** Threads at most, each begun when first needed and then kept. */
  readonly maxWorkers?: number;
}

const MAX_OUTPUT_BYTES = 256 * 1024;
const MEGABYTE = 1024 * 1024;
// The interpreter stops itself at its deadline; a thread that is this late is beyond that and is ended.
const BACKSTOP_MS = 1_000;
const START_TIMEOUT_MS = 30_000;

type Reply =
  | { readonly ok: true; readonly outputs: string }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly recycle: boolean };

interface Waiter {
  take(): void;
}

/** QuickJS compiled to WebAssembly, in a pool of worker threads; a fresh runtime for every job. */
export function createCodeSandbox({ maxWorkers = 2 }: CodeSandboxSettings = {}): CodeSandbox {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiters: Waiter[] = [];
  let starting = 0;

  async function acquire(signal: AbortSignal): Promise<Worker> {
    for (;;) {
      signal.throwIfAborted();
      const worker = idle.pop();
      if (worker) return worker;
      if (all.size + starting < maxWorkers) return start();
      await turn(signal);
    }
  }

  /** Resolves when a thread became free or there is room for a new one. */
  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        take() {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = (): void => {
        waiters.splice(waiters.indexOf(waiter), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiters.push(waiter);
    });
  }

  async function start(): Promise<Worker> {
    starting++;
    try {
      const worker = await startWorker();
      all.add(worker);
      return worker;
    } catch (error) {
      waiters.shift()?.take();
      throw error;
    } finally {
      starting--;
    }
  }

  function release(worker: Worker, reusable: boolean): void {
    if (reusable && all.has(worker)) {
      idle.push(worker);
    } else {
      all.delete(worker);
      void worker.terminate();
    }
    waiters.shift()?.take();
  }

  return {
    async run(job, signal) {
      const worker = await acquire(signal);
      let reusable = false;
      try {
        const reply = await ask(worker, job, signal);
        reusable = reply.ok || !reply.recycle;
        if (!reply.ok) throw new NodeError(reply.message, { code: reply.code });
        return parseOutputs(reply.outputs);
      } finally {
        release(worker, reusable);
      }
    },
    async close() {
      const workers = [...all];
      all.clear();
      idle.length = 0;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function parseOutputs(text: string): JsonObject {
  // Sound: the worker checked that this is the JSON text of an object.
  return JSON.parse(text) as JsonObject;
}

/** Begins a thread without this process's environment and arguments; resolves when it can take a job. */
async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL('./code-worker.js', import.meta.url), {
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  // An idle thread must not keep the process alive.
  worker.unref();
  try {
    await nextMessage(worker, START_TIMEOUT_MS, undefined);
    return worker;
  } catch (error) {
    void worker.terminate();
    throw error;
  }
}

async function ask(worker: Worker, job: CodeJob, signal: AbortSignal): Promise<Reply> {
  const answer = nextMessage(worker, job.timeoutMs + BACKSTOP_MS, signal);
  worker.postMessage({
    source: job.source,
    inputs: JSON.stringify(job.inputs),
    timeoutMs: job.timeoutMs,
    memoryLimitBytes: job.memoryLimitMb * MEGABYTE,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  // Sound: our own worker file sends nothing else after `ready`.
  return (await answer) as Reply;
}

/** The next message of a thread. Throws NodeError when it dies or is late, or the signal's reason. */
function nextMessage(worker: Worker, timeoutMs: number, signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    const onMessage = (message: unknown): void => settle(() => resolve(message))();
    const onError = (cause: unknown): void =>
      settle(() => reject(broken('the sandbox thread failed', cause)))();
    const onExit = settle(() => reject(broken('the sandbox thread ended')));
    const onAbort = settle(() => reject(signal?.reason));
    const onLate = settle(() =>
      reject(new NodeError('the code ran out of time', { code: 'node_timed_out' })),
    );
    const timer = setTimeout(onLate, timeoutMs);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

const broken = (message: string, cause?: unknown): NodeError =>
  new NodeError(message, { code: 'code_failed', cause });
