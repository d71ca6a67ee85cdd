/**
 * Lets those who name the same thing have it one after another, in the order in which they ask. The promise is
 * kept when it is the caller's turn, with what ends the turn; a caller whose signal aborts before that gets the
 * signal's reason. `patience` is asked for only by who has to wait.
 */
export function createTurns() {
  /** When whoever asked last is through. */
  const last = new Map<string, Promise<void>>();

  return async (name: string, patience: () => AbortSignal): Promise<() => void> => {
    const before = last.get(name);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const through = before ? before.then(() => ended) : ended;
    last.set(name, through);
    void through.then(() => {
      if (last.get(name) === through) last.delete(name);
    });
    if (!before) return end;
    try {
      await orAborted(before, patience());
    } catch (error) {
      end();
      throw error;
    }
    return end;
  };
}

async function orAborted(awaited: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
  });
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([awaited, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
