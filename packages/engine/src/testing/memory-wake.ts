import type { Wake } from '../ports.ts';

/** Hints within one process. */
export function createMemoryWake(): Wake {
  const appended = createTopic<[number]>();
  const commanded = createTopic<[]>();
  return {
    appended: appended.tell,
    onAppended: appended.on,
    commanded: commanded.tell,
    onCommanded: commanded.on,
  };
}

function createTopic<Args extends readonly unknown[]>() {
  const listeners = new Map<string, Set<(...args: Args) => void>>();
  return {
    tell(runId: string, ...args: Args): void {
      for (const listener of listeners.get(runId) ?? []) listener(...args);
    },
    on(runId: string, listener: (...args: Args) => void): () => void {
      const all = listeners.get(runId) ?? new Set();
      listeners.set(runId, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0) listeners.delete(runId);
      };
    },
  };
}
