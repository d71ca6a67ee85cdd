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

const rows: Record<string, string | number>[] = [];
const warmTimes: Record<CodeJob['language'], readonly number[]> = { javascript: [], python: [] };
for (const job of JOBS) {
  const cold = [];
  for (let index = 0; index < COLD_STARTS; index++) cold.push(await coldCalls(job));
  const warm = await warmCalls(job);
  warmTimes[job.language] = warm;
  rows.push({
    language: job.language,
    'warm p50 ms': round(median(warm)),
    'warm p95 ms': round(warm[Math.floor(CALLS * 0.95)] ?? 0),
    'cold start ms': round(median(cold.map(({ first }) => first))),
    'next tenant ms': round(median(cold.map(({ newTenant }) => newTenant))),
  });
}

print({
  bench: 'code',
  method: `A code node's main that counts words. Warm: ${CALLS} calls one by one after 20. Cold: the first call of a new sandbox, median of ${COLD_STARTS}. Next tenant: the call right after it under another isolation key, which takes another thread.`,
  rows,
  promises: promisesOf(warmTimes),
});
process.exit();
