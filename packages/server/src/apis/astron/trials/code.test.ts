import { type CodeSandbox, NodeError } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { createErrors } from '../errors.ts';
import { createCodeHandlers } from './code.ts';

type CodeJob = Parameters<CodeSandbox['run']>[0];

/** Runs code whose sandbox says that its time is over; answers what it was asked for, and the answer. */
async function runOverdue() {
  const jobs: CodeJob[] = [];
  const code = {
    run: async (job: CodeJob) => {
      jobs.push(job);
      throw new NodeError('the code took too long', { code: 'node_timed_out' });
    },
    close: async () => undefined,
  };
  const { runCode } = createCodeHandlers({ code, errors: createErrors('documented'), now: () => 0 });
  const answer = await runCode({
    path: {},
    query: {},
    querystring: undefined,
    headers: {},
    cookies: {},
    body: { code: 'def main():\n    while True: pass', app_id: 'desk', uid: 'ada', variables: [] },
    context: { tenantId: 'dev', keyId: 'key_1', appId: 'key_1', permissions: ['EXECUTE'] },
    signal: new AbortController().signal,
    accepts: () => undefined,
  });
  return { jobs, answer };
}

// That code without an end really ends is shown over the wire by the conformance suite, which waits for it.
test('code has 10 s, and is told when they are over', async () => {
  const { jobs, answer } = await runOverdue();
  expect(jobs).toMatchObject([{ timeoutMs: 10_000, isolationKey: 'dev' }]);
  expect(answer).toMatchObject({ status: 200, body: { code: 21603, message: 'The code timed out (10 s)' } });
});
