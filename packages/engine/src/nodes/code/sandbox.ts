import type { Worker } from 'node:worker_threads';
import { NodeError } from '../../errors.ts';
import type { JsonObject } from '../../events.ts';
import { isDeeperThan, MAX_DEPTH } from '../../json.ts';
import type { PythonImage, WorkerJob, WorkerReply } from './protocol.ts';
import { createWorkerPool } from './worker-pool.ts';
import { nextMessage, startThread } from './worker-thread.ts';

export type CodeLanguage = 'javascript' | 'python';

export interface CodeJob {
  readonly language: CodeLanguage;
  /** Defines `main`: `function main(inputs)` or `def main(inputs)`, or with names of inputs as parameters. */
  readonly source: string;
  readonly inputs: JsonObject;
  readonly timeoutMs: number;
  readonly memoryLimitMb: number;
  /** Jobs of different keys never share an interpreter or its thread: the tenant. */
  readonly isolationKey?: string;
}

export interface CodeResult {
  /** What `main` returned: at most 256 KiB of JSON and 200 levels. */
  readonly outputs: JsonObject;
  /** What the code printed: at most 64 KiB. */
  readonly logs: string;
}

/** Runs untrusted code without network, files, or anything of this process. */
export interface CodeSandbox {
  /**
   * Answers what `main` returned and what was printed. Waits for a free thread first; the time limit counts
   * from then on. Throws NodeError `code_failed`, `code_memory_limit`, `node_timed_out`, `output_too_large` or
   * `sandbox_busy`, or the signal's reason, upon which the code is stopped at once.
   */
  run(job: CodeJob, signal: AbortSignal): Promise<CodeResult>;
  close(): Promise<void>;
}

export interface CodeSandboxSettings {
  /** Threads at most, per language, beside a spare one. The first begins when it is needed. */
  readonly maxWorkers?: number;
  /** Jobs at most that wait for a thread, per language. */
  readonly maxWaiting?: number;
}

const MAX_OUTPUT_BYTES = 256 * 1024;
const MAX_LOG_BYTES = 64 * 1024;
const MEGABYTE = 1024 * 1024;
// The interpreter stops itself at its deadline; a thread that is this late is beyond that and is ended.
const BACKSTOP_MS = 500;

/**
 * Two interpreters compiled to WebAssembly, in threads without powers: QuickJS, and CPython as Pyodide builds
 * it. WebAssembly is the wall: code can do no more than call the few imports of its module, which the workers
 * list. After every job the interpreter's whole memory is put back as it was before the first one, so that
 * nothing of a job is left for the next; and no thread ever serves two isolation keys.
 */
export function createCodeSandbox({
  maxWorkers = 2,
  maxWaiting = 1_000,
}: CodeSandboxSettings = {}): CodeSandbox {
  const pools = {
    javascript: createWorkerPool({ maxWorkers, maxWaiting, start: startJavaScript }),
    python: createWorkerPool({ maxWorkers, maxWaiting, start: createPythonStart() }),
  };
  return {
    async run(job, signal) {
      const pool = pools[job.language];
      const lent = await pool.acquire(job.isolationKey ?? '', signal);
      let isReusable = false;
      try {
        const reply = await ask(lent.worker, job, signal);
        isReusable = !reply.recycle;
        if (!reply.ok) throw new NodeError(reply.message, { code: reply.code });
        return { outputs: parseOutputs(reply.outputs), logs: reply.logs };
      } finally {
        pool.release(lent, isReusable);
      }
    },
    async close() {
      await Promise.all([pools.javascript.close(), pools.python.close()]);
    },
  };
}

async function startJavaScript(): Promise<Worker> {
  const { worker } = await startThread(new URL('./javascript-worker.js', import.meta.url));
  return worker;
}

/** Python takes a second or two to start. That is done once; every thread begins with the memory it ended with. */
function createPythonStart(): () => Promise<Worker> {
  let image: Promise<PythonImage> | undefined;
  return async () => {
    image ??= makePythonImage();
    try {
      const { worker } = await startThread(new URL('./python-worker.js', import.meta.url), await image);
      return worker;
    } catch (error) {
      image = undefined;
      throw error;
    }
  };
}

async function makePythonImage(): Promise<PythonImage> {
  const { worker, first } = await startThread(new URL('./python-image-worker.js', import.meta.url));
  void worker.terminate();
  // Sound: our own worker file sends nothing else, and runs nobody's code.
  return first as PythonImage;
}

async function ask(worker: Worker, job: CodeJob, signal: AbortSignal): Promise<WorkerReply> {
  const answer = nextMessage(worker, job.timeoutMs + BACKSTOP_MS, signal);
  const message: WorkerJob = {
    source: job.source,
    inputs: JSON.stringify(job.inputs),
    timeoutMs: job.timeoutMs,
    memoryLimitBytes: job.memoryLimitMb * MEGABYTE,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    maxLogBytes: MAX_LOG_BYTES,
  };
  worker.postMessage(message);
  // Sound: our own worker files send nothing else after their first message.
  return (await answer) as WorkerReply;
}

/** The text is the code's own: it is checked here. */
function parseOutputs(text: string): JsonObject {
  const outputs = parse(text);
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) {
    throw new NodeError('main must return an object', { code: 'invalid_outputs' });
  }
  if (isDeeperThan(outputs, MAX_DEPTH)) {
    throw new NodeError(`main returned more than ${MAX_DEPTH} levels`, { code: 'invalid_outputs' });
  }
  // Sound: parsed JSON that is an object.
  return outputs as JsonObject;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
