import { Worker } from 'node:worker_threads';
import { NodeError } from '../../errors.ts';

const START_TIMEOUT_MS = 60_000;

/**
 * Begins a thread without this process's environment and arguments. Resolves to it and its first message.
 * Throws NodeError `code_failed` when it does not begin.
 */
export async function startThread(
  url: URL,
  workerData?: object,
): Promise<{ readonly worker: Worker; readonly first: unknown }> {
  const worker = new Worker(url, {
    workerData,
    env: {},
    argv: [],
    execArgv: [],
    // The stack ends before Python's own, which nobody watches, would run into its data.
    resourceLimits: { maxOldGenerationSizeMb: 128, stackSizeMb: 4 },
  });
  // An idle thread must not keep the process alive, nor end it when it fails while nobody listens.
  worker.unref();
  worker.on('error', () => undefined);
  try {
    return { worker, first: await nextMessage(worker, START_TIMEOUT_MS) };
  } catch (error) {
    void worker.terminate();
    throw error;
  }
}

/** Whether a thread has ended by itself; it never answers again. */
export const hasEnded = (worker: Worker): boolean => worker.threadId === -1;

/** The next message of a thread. Throws NodeError when it dies or is late, or the signal's reason. */
export function nextMessage(worker: Worker, timeoutMs: number, signal?: AbortSignal): Promise<unknown> {
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
