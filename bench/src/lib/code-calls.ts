import { type CodeSandbox, createCodeSandbox } from '@flowwire/engine';
import { median } from './report.ts';

export type CodeJob = Parameters<CodeSandbox['run']>[0];

export const CALLS = 200;
const never = new AbortController().signal;

/** The `main` of a code node that counts words, in both languages. */
export const JOBS: readonly [javascript: CodeJob, python: CodeJob] = [
  {
    language: 'javascript',
    source: 'function main({ text }) { return { words: text.split(" ").length } }',
    inputs: { text: 'one two three' },
    timeoutMs: 5_000,
    memoryLimitMb: 32,
  },
  {
    language: 'python',
    source: 'def main(text):\n    return {"words": len(text.split())}',
    inputs: { text: 'one two three' },
    timeoutMs: 5_000,
    memoryLimitMb: 128,
  },
];

/** Milliseconds that each of `CALLS` calls takes, one after the other, on a sandbox that has warmed up. */
export async function warmCalls(job: CodeJob): Promise<readonly number[]> {
  const sandbox = createCodeSandbox();
  for (let index = 0; index < 20; index++) await sandbox.run(job, never);
  const times: number[] = [];
  for (let index = 0; index < CALLS; index++) {
    const begun = performance.now();
    await sandbox.run(job, never);
    times.push(performance.now() - begun);
  }
  await sandbox.close();
  return times.sort((a, b) => a - b);
}

/** What is promised of warm calls, by the median of each language. */
export const promisesOf = (warm: Readonly<Record<CodeJob['language'], readonly number[]>>) => {
  const [javascript, python] = [median(warm.javascript), median(warm.python)];
  return [
    { what: 'warm JavaScript call at p50 in ms, under 2', value: javascript, kept: javascript < 2 },
    { what: 'warm Python call at p50 in ms, under 10', value: python, kept: python < 10 },
  ];
};
