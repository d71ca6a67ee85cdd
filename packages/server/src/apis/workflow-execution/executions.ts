import type { ExecutionDetail, Operations } from '@flowwire/contract/workflow-execution';
import type { RunFilter, StoredEvent } from '@flowwire/engine';
import { listed, toPage, toPageRequest } from '../pages.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { toProgress, toQuestion } from './dialect.ts';
import { toNodeExecutions } from './nodes.ts';
import { eventsAfter, IN_HEADER, IN_QUERY, toCursor } from './positions.ts';
import { toExecution, toState } from './records.ts';
import { noExecution } from './refusals.ts';
import { placeOf } from './waits.ts';

const TOLD_EVENTS = ['node_started', 'node_retry', 'node_finished', 'progress'] as const;

/** Lists, reads and follows runs. */
export const createExecutionHandlers = (
  deps: WorkflowExecutionDeps,
): Part<'listExecutions' | 'getExecution' | 'followExecution'> => {
  const { service, runs, log } = deps;
  return {
    listExecutions: ({ query, context }) =>
      listed(async () => {
        const page = await runs.list(context.tenantId, toFilter(query), toPageRequest(query));
        return { status: 200 as const, body: toPage(page, toExecution) };
      }),

    async getExecution({ path, context }) {
      const run = await runs.get(context.tenantId, path.execution_id);
      const plan = run && (await runs.plan(run.id));
      if (!run || !plan) return noExecution(path.execution_id);
      // What is left of a log does not tell what became of the nodes.
      const events = run.prunedSeq > 0 ? undefined : await log.readTypes(run.id, TOLD_EVENTS);
      const questions = await service.questions(run);
      return {
        status: 200,
        body: {
          ...toExecution(run),
          ...(await placeOf(deps, run)),
          ...progressIn(events),
          nodes: events ? toNodeExecutions(run, plan.definition, events) : [],
          ...(questions.length === 0
            ? {}
            : { questions: questions.map((asked) => toQuestion(asked, asked.askedAt)) }),
        },
      };
    },

    async followExecution({ path, query, headers, context }) {
      const run = await runs.get(context.tenantId, path.execution_id);
      if (!run) return noExecution(path.execution_id);
      const header = headers['Last-Event-ID'];
      const where = header === undefined ? IN_QUERY : IN_HEADER;
      return eventsAfter(service, run, toCursor(header ?? query.last_event_id), { where });
    },
  };
};

function progressIn(events: readonly StoredEvent[] = []): Pick<ExecutionDetail, 'progress'> {
  const told = events.findLast(({ event }) => event.type === 'progress')?.event;
  return told?.type === 'progress' ? { progress: toProgress(told) } : {};
}

type ExecutionFilter = NonNullable<Operations['listExecutions']['input']['query']>;

const toFilter = ({ workflow_id, status, created_after, created_before }: ExecutionFilter): RunFilter => ({
  kind: 'workflow',
  ...(workflow_id === undefined ? {} : { workflowId: workflow_id }),
  ...(status === undefined ? {} : { states: [toState(status)] }),
  ...(created_after === undefined ? {} : { createdAfter: created_after * 1000 }),
  ...(created_before === undefined ? {} : { createdBefore: created_before * 1000 }),
});
