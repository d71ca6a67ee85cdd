/** How many nodes of a run may work at once, over all its graphs. */
export interface Slots {
  /** Whether there was one. If not, `retry` is called once, when there may be. */
  take(retry: () => void): boolean;
  give(): void;
  /** None is given any more, until `open`. */
  close(): void;
  open(): void;
  /** Nobody works, and nobody waits for a slot that could be had. */
  isIdle(): boolean;
}

export function createSlots(limit: number): Slots {
  const waiting = new Set<() => void>();
  let taken = 0;
  let isClosed = false;

  function wakeUp(): void {
    if (waiting.size === 0) return;
    const retries = [...waiting];
    waiting.clear();
    for (const retry of retries) retry();
  }

  return {
    take(retry) {
      if (isClosed || taken >= limit) {
        waiting.add(retry);
        return false;
      }
      taken++;
      return true;
    },
    give() {
      taken--;
      wakeUp();
    },
    close() {
      isClosed = true;
    },
    open() {
      isClosed = false;
      wakeUp();
    },
    isIdle: () => taken === 0 && (isClosed || waiting.size === 0),
  };
}
