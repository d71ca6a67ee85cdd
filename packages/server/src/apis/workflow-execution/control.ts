import { isDeepStrictEqual } from 'node:util';
import type { AnswerRequest } from '@flowwire/contract/workflow-execution';
import { isFinal, type RunAnswer, type RunStore, type RunSummary } from '@flowwire/engine';
import { withKey } from '../../idempotency/fingerprint.ts';
import { refusal } from '../refusal.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { toExecution, toStatus } from './records.ts';
import { ended, keyReused, noExecution, queued, started } from './refusals.ts';

/** Says what runs under way, waiting or over are to do next. */
export const createControlHandlers = ({
  service,
  runs,
}: WorkflowExecutionDeps): Part<
  'cancelExecution' | 'pauseExecution' | 'resumeExecution' | 'answerExecution' | 'restartExecution'
> => ({
  async cancelExecution({ path, context }) {
    const asked = await service.cancel(context.tenantId, path.execution_id);
    if (asked.outcome === 'unknown_run') return noExecution(path.execution_id);
    if (asked.outcome === 'refused') return ended(asked.run);
    return { status: 202, body: toExecution(asked.run) };
  },

  async pauseExecution({ path, context }) {
    const asked = await service.pause(context.tenantId, path.execution_id);
    if (asked.outcome === 'unknown_run') return noExecution(path.execution_id);
    if (asked.outcome === 'refused') return endedOr(asked.run, 'execution_not_running');
    return { status: 202, body: toExecution(asked.run) };
  },

  resumeExecution: ({ path, context }) =>
    queued(async () => {
      const asked = await service.resume(context.tenantId, path.execution_id);
      if (asked.outcome === 'unknown_run') return noExecution(path.execution_id);
      if (asked.outcome === 'refused') return endedOr(asked.run, 'execution_not_paused');
      return { status: 202 as const, body: toExecution(asked.run) };
    }),

  answerExecution: ({ path: { execution_id: id }, body, context }) =>
    queued(async () => {
      const answer = toAnswer(body);
      const answered = await service.answer(context.tenantId, id, answer);
      if ('run' in answered && (await wasKept(runs, id, answer)))
        return { status: 202 as const, body: toExecution(answered.run) };
      switch (answered.outcome) {
        case 'unknown_run':
          return noExecution(id);
        case 'unknown_question':
          return refusal(404, 'question_not_found', `Execution ${id} has not asked ${body.question_id}.`);
        case 'invalid':
          return refusal(400, 'invalid_answer', `The answer to ${body.question_id} is not valid.`, [
            { in: 'body', pointer: `/${answered.field}`, code: 'invalid_answer', message: answered.message },
          ]);
        case 'refused':
          return ended(answered.run);
        default:
          return refusal(
            409,
            'question_answered',
            `The question ${body.question_id} no longer waits for an answer.`,
          );
      }
    }),

  restartExecution: ({ path: { execution_id: id }, headers, body, context: { tenantId } }) =>
    started(async () => {
      const run = await runs.get(tenantId, id);
      if (!run) return noExecution(id);
      const from = body?.from;
      const restarted = await service.restart(tenantId, id, {
        userId: run.userId,
        ...(from === undefined ? {} : { from }),
        ...withKey(headers['Idempotency-Key'], 'restart', id, from),
      });
      switch (restarted.outcome) {
        case 'unknown_run':
          return noExecution(id);
        case 'unknown_node':
          return refusal(400, 'unknown_node', `Execution ${id} has no node ${from}.`, [
            {
              in: 'body',
              pointer: '/from',
              code: 'unknown_node',
              message: 'must be a node of its definition',
            },
          ]);
        case 'refused':
          return refusal(
            409,
            'execution_not_ended',
            `Execution ${id} is ${toStatus(restarted.run.state)}. Cancel it first.`,
          );
        case 'conflict':
          return keyReused();
        default:
          return {
            status: 201 as const,
            body: toExecution(restarted.run),
            headers: { Location: `/api/workflow/executions/${restarted.run.id}` },
          };
      }
    }),
});

const endedOr = (run: RunSummary, code: 'execution_not_running' | 'execution_not_paused') =>
  isFinal(run.state) ? ended(run) : refusal(409, code, `Execution ${run.id} is ${toStatus(run.state)}.`);

/** Whether this is the answer that counts: now, or since it was given before by a request that is repeated. */
async function wasKept(runs: Pick<RunStore, 'answers'>, runId: string, answer: RunAnswer): Promise<boolean> {
  return (await runs.answers(runId)).some((kept) => isDeepStrictEqual(kept, answer));
}

const toAnswer = (body: AnswerRequest): RunAnswer => ({ questionId: body.question_id, reply: toReply(body) });

function toReply(body: AnswerRequest): RunAnswer['reply'] {
  switch (body.type) {
    case 'choice':
      return { type: 'choice', choice: body.choice };
    case 'text':
      return { type: 'text', text: body.text };
    case 'skip':
      return { type: 'skipped' };
    case 'give_up':
      return { type: 'given_up' };
  }
}
