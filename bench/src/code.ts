import { setTimeout as sleep } from 'node:timers/promises';
import { createCodeSandbox } from '@flowwire/engine';
import { CALLS, type CodeJob, JOBS, promisesOf, warmCalls } from './lib/code-calls.ts';
import { median, print, round } from './lib/report.ts';

const COLD_STARTS = 3;
const never = new AbortController().signal;

/** Milliseconds of the first call of a new sandbox, and of the first call of a second tenant on it. */
async function coldCalls(job: CodeJob): Promise<{ readonly first: number; readonly newTenant: number }> {
  const sandbox = createCodeSandbox({ maxWorkers: 1 });
  const times: number[] = [];
  for (const isolationKey of ['a', 'b']) {
    const begun = performance.now();
    await sandbox.run({ ...job, isolationKey }, never);
    times.push(performance.now() - begun);
  }
  await sandbox.close();
  const [first = 0, newTenant = 0] = times;
  return { first, newTenant };
}

const ENDLESS: Readonly<Record<CodeJob['language'], string>> = {
  javascript: 'function main() { for (;;) {} }',
  python: 'def main():\n    while True:\n        pass',
};

/** Milliseconds from an abort to the end of code that never ends by itself. */
async function cancelMs(job: CodeJob): Promise<number> {
  const sandbox = createCodeSandbox();
  await sandbox.run(job, never);
  const stop = new AbortController();
  const endless = { ...job, source: ENDLESS[job.language], timeoutMs: 60_000 };
  const ended = sandbox.run(endless, stop.signal).catch((error: unknown) => error);
  await sleep(200);
  const begun = performance.now();
  stop.abort(new Error('cancelled'));
  await ended;
  await sandbox.close();
  return performance.now() - begun;
}

const cancels: number[] = [];
const rows: Record<string, string | number>[] = [];
const warmTimes: Record<CodeJob['language'], readonly number[]> = { javascript: [], python: [] };
for (const job of JOBS) {
  const cold = [];
  for (let index = 0; index < COLD_STARTS; index++) cold.push(await coldCalls(job));
  const warm = await warmCalls(job);
  warmTimes[job.language] = warm;
  const cancel = await cancelMs(job);
  cancels.push(cancel);
  rows.push({
    language: job.language,
    'warm p50 ms': round(median(warm)),
    'warm p95 ms': round(warm[Math.floor(CALLS * 0.95)] ?? 0),
    'cold start ms': round(median(cold.map(({ first }) => first))),
    'cancel ms': round(cancel),
    'next tenant ms': round(median(cold.map(({ newTenant }) => newTenant))),
  });
}

print({
  bench: 'code',
  method: `A code node's main that counts words. Warm: ${CALLS} calls one by one after 20. Cold: the first call of a new sandbox, median of ${COLD_STARTS}. Next tenant: the call right after it under another isolation key, which takes another thread. Cancel: an abort of an endless loop, closing the sandbox included.`,
  rows,
  promises: [
    ...promisesOf(warmTimes),
    {
      what: 'ms from a cancel to the end of an endless loop, under 1,000',
      value: Math.max(...cancels),
      kept: Math.max(...cancels) < 1_000,
    },
  ],
});
process.exit();
