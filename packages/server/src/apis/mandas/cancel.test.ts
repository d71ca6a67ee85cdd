import { once } from 'node:events';
import type { RunService, RunSummary } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { cancelAndWait } from './cancel.ts';

const run: RunSummary = {
  id: 'run_1',
  tenantId: 'tenant_1',
  workflowId: 'wf_1',
  version: 1,
  userId: 'key_1',
  inputs: {},
  priority: 0,
  timeoutMs: 1_000,
  onDisconnect: 'continue',
  disconnectGraceMs: 0,
  createdAt: 1,
  queuedAt: 1,
  state: 'running',
  tokens: { prompt: 0, completion: 0 },
  steps: 0,
  lastSeq: 1,
  epoch: 1,
  cancelRequested: false,
  pauseRequested: false,
  prunedSeq: 0,
};

const forEver = new AbortController().signal;

/** A service that is asked to cancel the run, and whose run then ends as `result` says. */
const serviceWith = (
  result: RunService['result'],
  outcome: 'done' | 'refused' = 'done',
): Pick<RunService, 'cancel' | 'result'> => ({ cancel: async () => ({ outcome, run }), result });

const never: RunService['result'] = async (_run, signal) => {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
};

test('a run that stops is cancelled', async () => {
  const service = serviceWith(async () => ({ ...run, state: 'cancelled' }));
  expect(await cancelAndWait(service, run, forEver)).toEqual({ outcome: 'cancelled' });
});

test('a run that ends before the cancel reaches it has ended', async () => {
  const ended: RunSummary = { ...run, state: 'succeeded' };
  expect(
    await cancelAndWait(
      serviceWith(async () => ended),
      run,
      forEver,
    ),
  ).toEqual({
    outcome: 'ended',
    run: ended,
  });
});

test('a run that does not stop in time is overdue', async () => {
  expect(await cancelAndWait(serviceWith(never), run, forEver, 5)).toEqual({ outcome: 'overdue' });
});

test('whoever gives up waiting gets the reason', async () => {
  const caller = new AbortController();
  const waiting = cancelAndWait(serviceWith(never), run, caller.signal);
  const reason = new Error('gone');
  caller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test('a store that fails while one waits is no time-out', async () => {
  const reason = new Error('the store is down');
  await expect(
    cancelAndWait(
      serviceWith(() => Promise.reject(reason)),
      run,
      forEver,
    ),
  ).rejects.toBe(reason);
});
