import type { Wake } from '@flowwire/engine';

/** Wakes the readers and workers of this process. A listener that throws is reported and stops no other. */
export function createLocalWake(onError: (error: unknown) => void): Wake {
  const appended = createListeners<number>(onError);
  const commanded = createListeners<void>(onError);
  return {
    appended: appended.emit,
    onAppended: appended.add,
    commanded: (runId) => commanded.emit(runId),
    onCommanded: commanded.add,
  };
}

function createListeners<T>(onError: (error: unknown) => void) {
  const byRun = new Map<string, Set<{ readonly call: (value: T) => void }>>();

  return {
    /** Answers what removes the listener. The last to go takes the run's entry with it. */
    add(runId: string, listener: (value: T) => void): () => void {
      const listeners = byRun.get(runId) ?? new Set();
      byRun.set(runId, listeners);
      // An entry of its own: the same function may listen twice.
      const entry = { call: listener };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
        if (listeners.size === 0 && byRun.get(runId) === listeners) byRun.delete(runId);
      };
    },

    emit(runId: string, value: T): void {
      for (const { call } of byRun.get(runId) ?? []) {
        try {
          call(value);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
