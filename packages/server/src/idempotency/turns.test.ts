import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

const forEver = () => new AbortController().signal;

test('those who name the same thing have it one after another, in the order of asking', async () => {
  const takeTurn = createTurns();
  const order: string[] = [];
  const work = async (who: string) => {
    const end = await takeTurn('thing', forEver);
    order.push(`${who} begins`);
    await Promise.resolve();
    order.push(`${who} ends`);
    end();
  };
  await Promise.all(['one', 'two', 'three'].map(work));
  expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
});

test('those who name different things do not wait, nor ask how long they may', async () => {
  const takeTurn = createTurns();
  const ask = () => {
    throw new Error('nobody has to wait');
  };
  await takeTurn('one', ask);
  await takeTurn('two', ask);
});

test('who gives up while waiting holds nobody up, and lets nobody in too early', async () => {
  const takeTurn = createTurns();
  const endFirst = await takeTurn('thing', forEver);
  const patience = new AbortController();
  const second = takeTurn('thing', () => patience.signal);
  let isIn = false;
  const third = takeTurn('thing', forEver).then((end) => {
    isIn = true;
    return end;
  });
  const reason = new Error('gone');
  patience.abort(reason);
  await expect(second).rejects.toBe(reason);
  expect(isIn).toBe(false);
  endFirst();
  (await third)();
  (await takeTurn('thing', forEver))();
});

test('who has given up before waiting is told so', async () => {
  const takeTurn = createTurns();
  const end = await takeTurn('thing', forEver);
  const reason = new Error('gone');
  await expect(takeTurn('thing', () => AbortSignal.abort(reason))).rejects.toBe(reason);
  end();
});
