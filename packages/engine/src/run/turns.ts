// Timers, requests and other runs wait while this thread works.
const MAX_TURN_MS = 10;

let beganAt: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Keeps work that never waits for anything from holding up the process: undefined while the event loop's
 * present turn is short, else a promise of a later one. Those who wait go on one per turn, so that many
 * runs together hold it up for no longer than one does.
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
  const resume = waiting.shift();
  beganAt = resume && performance.now();
  if (!resume) return;
  setImmediate(beginTurn);
  resume();
}
