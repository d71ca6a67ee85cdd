import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';

test('sleep ends after its time, or with the reason of its signal', async () => {
  const begun = performance.now();
  await systemClock.sleep(20);
  expect(performance.now() - begun).toBeGreaterThan(15);
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort(new Error('up'));
  await expect(sleeping).rejects.toThrow('up');
  await expect(systemClock.sleep(60_000, stop.signal)).rejects.toThrow('up');
});
