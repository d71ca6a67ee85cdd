// Timers, requests and other runs wait while this thread works.
const MAX_TURN_MS = 10;

let beganAt: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Keeps work that never waits for anything from holding up the process: undefined while the event loop's
 * present turn is short, else a promise of a later one. Those who wait go on one after another while their turn is
 * short, so that many together hold the process up for hardly longer than one does.
 */
export function nextTurn(): Promise<void> | undefined {
  if (beganAt === undefined) {
    beganAt = performance.now();
    setImmediate(beginTurn);
  }
  if (performance.now() - beganAt < MAX_TURN_MS) return undefined;
  return new Promise((resolve) => {
    waiting.push(resolve);
  });
}

function beginTurn(): void {
  beganAt = waiting.length > 0 ? performance.now() : undefined;
  if (beganAt !== undefined) void resumeSome(beganAt);
}

/** One at least. One alone for each turn would let a thousand busy runs wait for seconds: turns are long then. */
async function resumeSome(begin: number): Promise<void> {
  setImmediate(beginTurn);
  do {
    waiting.shift()?.();
    await untilItWaits();
  } while (waiting.length > 0 && performance.now() - begin < MAX_TURN_MS);
}

/** Ticks come after all that promises have to do: whoever was resumed has come to its next wait. */
const untilItWaits = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
