import { createManualClock } from '@flowwire/engine/testing';
import { expect, test } from 'vitest';
import { createFileSweeper } from './file-sweeper.ts';

const START = 1_790_000_000_000;
const HOUR_MS = 3_600_000;

function open(keepMs: number | undefined, sweep: () => Promise<number> = async () => 0) {
  const clock = createManualClock(START);
  const swept: number[] = [];
  const errors: unknown[] = [];
  const files = {
    sweep: (before: number) => {
      swept.push(before);
      return sweep();
    },
  };
  const sweeper = createFileSweeper({ files, clock, keepMs, onError: (error) => errors.push(error) });
  return { clock, swept, errors, sweeper };
}

test('files are swept at once and every hour until it is stopped', async () => {
  const { clock, swept, sweeper } = open(1_000);
  sweeper.start();
  await clock.advance(0);
  await clock.advance(HOUR_MS - 1);
  expect(swept).toEqual([START - 1_000]);
  await clock.advance(1);
  expect(swept).toEqual([START - 1_000, START + HOUR_MS - 1_000]);
  await sweeper.stop();
  expect(clock.sleepers).toBe(0);
  await clock.advance(HOUR_MS);
  expect(swept).toHaveLength(2);
});

test('files that are kept for ever are never old, but what was left behind is swept', async () => {
  const { swept, sweeper } = open(undefined);
  sweeper.start();
  await sweeper.stop();
  expect(swept).toEqual([0]);
});

test('a sweep that fails is told, and the next one comes', async () => {
  const failure = new Error('the disk is gone');
  const { clock, swept, errors, sweeper } = open(1_000, () => Promise.reject(failure));
  sweeper.start();
  await clock.advance(0);
  await clock.advance(HOUR_MS);
  expect(swept).toHaveLength(2);
  expect(errors).toEqual([failure, failure]);
  await sweeper.stop();
});

test('it can be stopped before it was started', async () => {
  await open(1_000).sweeper.stop();
});
