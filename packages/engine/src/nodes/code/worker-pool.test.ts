import { afterAll, expect, test } from 'vitest';
import { type CodeJob, createCodeSandbox } from './sandbox.ts';

const job: CodeJob = {
  language: 'javascript',
  source: 'function main() { return { ok: 1 } }',
  inputs: {},
  timeoutMs: 60_000,
  memoryLimitMb: 32,
};
const loop = { ...job, source: 'function main() { for (;;); }' };
const never = new AbortController().signal;
const single = createCodeSandbox({ maxWorkers: 1, maxWaiting: 2 });
afterAll(() => single.close());

test.each([
  ['javascript', loop.source],
  [
    'python',
    'def main():\n    while True:\n        try:\n            sum(range(10**12))\n        except BaseException: pass',
  ],
] as const)('a signal stops busy %s, and those that wait leave the queue', async (language, source) => {
  const small = { ...job, language, memoryLimitMb: 64 };
  const ok = { ...small, source: language === 'python' ? 'def main(): return {"ok": 1}' : job.source };
  await single.run(ok, never);
  const busy = new AbortController();
  const running = single.run({ ...small, source, timeoutMs: 60_000 }, busy.signal);
  const leaves = new AbortController();
  const leaving = single.run(ok, leaves.signal);
  const waiting = single.run(ok, never);
  leaves.abort(new Error('left'));
  await expect(leaving).rejects.toThrow('left');
  busy.abort(new Error('stop'));
  await expect(running).rejects.toThrow('stop');
  expect((await waiting).outputs).toEqual({ ok: 1 });
});

test('waiting does not count towards the time limit', async () => {
  const slow = {
    ...job,
    source: 'function main() { const end = Date.now() + 300; while (Date.now() < end); return {} }',
  };
  const first = single.run(slow, never);
  const second = single.run({ ...job, timeoutMs: 200 }, never);
  await first;
  expect((await second).outputs).toEqual({ ok: 1 });
});

test('a full queue refuses, and says that trying again may help', async () => {
  const stop = new AbortController();
  const jobs = [1, 2, 3].map(() => single.run(loop, stop.signal));
  await expect(single.run(job, never)).rejects.toMatchObject({ code: 'sandbox_busy', retryable: true });
  stop.abort(new Error('enough'));
  const outcomes = await Promise.allSettled(jobs);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect((await single.run(job, never)).outputs).toEqual({ ok: 1 });
});

test('a signal that has aborted already runs nothing', async () => {
  await expect(single.run(job, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});
