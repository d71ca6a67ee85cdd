/** The longest time that a timer takes; setTimeout reads anything longer as 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `action` after some milliseconds; never for Infinity. Answers how to call it off. */
export function after(milliseconds: number, action: () => void): () => void {
  if (milliseconds === Number.POSITIVE_INFINITY) return () => {};
  const timer = setTimeout(action, Math.min(milliseconds, MAX_TIMER_MS));
  return () => clearTimeout(timer);
}

/** Settles as `work` does, or rejects with the signal's reason as soon as that aborts. */
export function abortable<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    const settled = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error) => {
        settled();
        reject(error);
      },
    );
  });
}

/** Waits, or rejects with the signal's reason as soon as that aborts. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  let cancel = () => {};
  const slept = new Promise<void>((resolve) => {
    cancel = after(milliseconds, resolve);
  });
  try {
    await abortable(slept, signal);
  } finally {
    cancel();
  }
}
