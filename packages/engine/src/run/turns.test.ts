import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { nextTurn } from './turns.ts';

const work = (ms: number): void => {
  const begun = performance.now();
  while (performance.now() - begun < ms);
};

/** Goes on like a run whose nodes take this long, and tells after each of them. */
async function goOn(nodes: number, ms: number, tell: () => void): Promise<void> {
  for (let done = 0; done < nodes; done++) {
    const turn = nextTurn();
    if (turn) await turn;
    work(ms);
    tell();
  }
}

test('work that never waits lets the event loop turn', async () => {
  let turns = 0;
  let isOver = false;
  const all = goOn(10, 11, () => {}).then(() => {
    isOver = true;
  });
  while (!isOver) {
    await turnOfTheLoop();
    turns++;
  }
  await all;
  expect(turns).toBeGreaterThanOrEqual(9);
});

test('those who wait share the turns: a thousand short pieces of work do not take a thousand turns', async () => {
  let done = 0;
  // It takes up the present turn, so that all of the others wait.
  const busy = goOn(1, 11, () => {});
  const others = Promise.all(Array.from({ length: 1_000 }, () => goOn(1, 0, () => done++)));
  expect(done).toBe(0);
  let turns = 0;
  while (done < 1_000) {
    await turnOfTheLoop();
    turns++;
  }
  await Promise.all([busy, others]);
  expect(turns).toBeLessThan(500);
});

test('those who wait hold a turn up for hardly longer than one of them does', async () => {
  const inTurn: number[] = [];
  let now = 0;
  const busy = goOn(1, 11, () => {});
  const others = Promise.all(Array.from({ length: 6 }, () => goOn(1, 6, () => inTurn.push(now))));
  while (inTurn.length < 6) {
    await turnOfTheLoop();
    now++;
  }
  await Promise.all([busy, others]);
  for (const turn of inTurn) expect(inTurn.filter((other) => other === turn).length).toBeLessThanOrEqual(2);
});
