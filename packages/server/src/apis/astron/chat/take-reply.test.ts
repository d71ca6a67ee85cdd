import type { OpenQuestion, RunAnswer, RunSummary } from '@flowwire/engine';
import { expect, test } from 'vitest';
import type { KeyedRequest } from '../../../idempotency/idempotency-store.ts';
import { createErrors } from '../errors.ts';
import { createTakeReply, type TakeReplyDeps } from './take-reply.ts';

/** As the store has it: until there is an answer, whoever holds a key gets it again. */
function createKeys(): TakeReplyDeps['idempotency'] {
  const kept = new Map<string, KeyedRequest & { reply?: string }>();
  return {
    async reserve(request) {
      const known = kept.get(request.key);
      if (known && known.fingerprint !== request.fingerprint) return { outcome: 'conflict' };
      if (known?.reply !== undefined) return { outcome: 'answered', reply: known.reply };
      kept.set(request.key, request);
      return { outcome: 'reserved' };
    },
    async answer({ key }, reply) {
      const known = kept.get(key);
      if (known) kept.set(key, { ...known, reply });
    },
    async release({ key }) {
      kept.delete(key);
    },
  };
}

const run: RunSummary = {
  id: 'run_1',
  tenantId: 't',
  workflowId: 'wf_1',
  version: 1,
  userId: 'u',
  inputs: {},
  priority: 0,
  timeoutMs: 1000,
  onDisconnect: 'cancel',
  disconnectGraceMs: 0,
  createdAt: 0,
  state: 'waiting',
  tokens: { prompt: 0, completion: 0 },
  steps: 0,
  queuedAt: 0,
  lastSeq: 2,
  epoch: 1,
  cancelRequested: false,
  pauseRequested: false,
  prunedSeq: 0,
};

const asks = (questionId: string): OpenQuestion => ({
  type: 'question_asked',
  questionId,
  nodeId: 'ask',
  title: 'ask',
  question: 'Where?',
  allowText: true,
  askedAt: 0,
});

/** A run that asks these one after the other. */
function setUp(...ids: readonly string[]) {
  const answers: RunAnswer[] = [];
  let looks = 0;
  let tell = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const open = () => ids.filter((id) => !answers.some(({ questionId }) => questionId === id)).map(asks);
  const take = createTakeReply({
    owner: 'process 1',
    now: () => 1_000,
    errors: createErrors('documented'),
    idempotency: createKeys(),
    service: {
      async questions() {
        const isFirst = looks++ === 0;
        // Whoever looks later finds what the run asks next.
        if (!isFirst) await answered;
        return open().slice(0, 1);
      },
      async answer(_tenantId, _runId, answer) {
        if (answers.some(({ questionId }) => questionId === answer.questionId))
          return { outcome: 'closed', run };
        answers.push(answer);
        tell();
        return { outcome: 'done', run };
      },
    },
    runs: { answers: async () => answers },
    log: {
      readTypes: async () =>
        ids.map((id, index) => ({ runId: run.id, seq: index + 1, at: 0, event: asks(id) })),
    },
  });
  const answer = (content: string, key?: string) =>
    take(run, { event_id: '7', content }, key, new AbortController().signal);
  return { answer, answers };
}

test('requests with the same key answer the same question, also when they come at once', async () => {
  const { answer, answers } = setUp('first', 'second');
  const taken = await Promise.all([1, 2, 3].map(() => answer('Rome', 'key of one question')));
  expect(taken).toEqual(taken.map(() => ({ run, questionId: 'first' })));
  expect(answers).toEqual([{ questionId: 'first', reply: { type: 'text', text: 'Rome' } }]);
  expect(await answer('Rome', 'key of one question')).toEqual({ run, questionId: 'first' });
  expect(await answer('May', 'key of the next')).toEqual({ run, questionId: 'second' });
});

test('a request without a key answers the next question each time', async () => {
  const { answer, answers } = setUp('first', 'second');
  await answer('Rome');
  await answer('Rome');
  expect(answers.map(({ questionId }) => questionId)).toEqual(['first', 'second']);
});

test('a key that was used to say something else is refused', async () => {
  const { answer } = setUp('first', 'second');
  await answer('Rome', 'used');
  expect(await answer('Oslo', 'used')).toMatchObject({ status: 200, body: { code: 1010 } });
});
