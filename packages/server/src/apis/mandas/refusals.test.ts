import { QueueFullError } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { queued } from './refusals.ts';

test('a full queue is told with the time to come back', async () => {
  const answer = await queued(() => Promise.reject(new QueueFullError('full')));
  expect(answer).toMatchObject({
    status: 429,
    headers: { 'Retry-After': '5' },
    body: { error: { code: 'QUEUE_FULL', details: { retry_after_s: 5 } } },
  });
});

test('another failure is not taken for a full queue', async () => {
  const failure = new Error('the store is down');
  await expect(queued(() => Promise.reject(failure))).rejects.toBe(failure);
});
