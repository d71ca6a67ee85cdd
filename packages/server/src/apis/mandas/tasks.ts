import type { Task } from '@flowwire/contract/mandas';
import { InvalidInputsError, type JsonObject, type ListedRun, type RunStore } from '@flowwire/engine';
import { withKey } from '../../idempotency/fingerprint.ts';
import { agentsOf } from './agents.ts';
import { cancelAndWait, stillStopping } from './cancel.ts';
import type { MandasDeps, Part } from './deps.ts';
import { toStates, toStatus } from './dialect.ts';
import { findRun } from './find-run.ts';
import { pageHeaders, toOffset } from './pages.ts';
import { toTask } from './records.ts';
import { faulty, keyReused, noTask, queued, refusal } from './refusals.ts';
import { definitionOf } from './task-definitions.ts';

const PATH = '/mandas/v1/tasks';

/** Starts tasks, lists, reads and cancels them. A task is a run of one agent. */
export const createTaskHandlers = (
  deps: MandasDeps,
): Part<'createTask' | 'listTasks' | 'getTask' | 'cancelTask'> => ({
  ...createStart(deps),
  ...createReaders(deps),
  ...createCancel(deps),
});

const createStart = ({ service, background }: MandasDeps): Part<'createTask'> => ({
  createTask: ({ headers, body, context: { tenantId, keyId } }) =>
    started(async () => {
      const definition = definitionOf(body.agent);
      if ('status' in definition) return definition;
      const answer = await service.startOneOff({
        kind: 'task',
        definition,
        tenantId,
        userId: keyId,
        // Sound: the body was JSON text, so its values are JSON values.
        inputs: (body.input ?? {}) as JsonObject,
        ...background,
        onDisconnect: 'continue',
        ...withKey(headers['Idempotency-Key'], 'createTask', body),
      });
      if (answer.outcome === 'conflict') return keyReused();
      const { id } = answer.run;
      return {
        status: 202 as const,
        body: { task_id: id, status: 'QUEUED' as const, message: 'Task has been queued.' },
        headers: { Location: `${PATH}/${id}` },
      };
    }),
});

/** The answer of what starts a task. Agents take any input, unless it nests too deep. */
async function started<Reply>(act: () => Promise<Reply>) {
  try {
    return await queued(act);
  } catch (error) {
    if (!(error instanceof InvalidInputsError)) throw error;
    const findings = error.problems.map(({ pointer, code, message }) => ({
      in: 'body' as const,
      pointer: `/input${pointer}`,
      code,
      message,
    }));
    return faulty('VALIDATION_ERROR', 'The request', findings);
  }
}

/** Undefined when the task is gone meanwhile. */
async function recordOf(runs: RunStore, run: ListedRun): Promise<Task | undefined> {
  const plan = await runs.plan(run.id);
  return plan && toTask(run, plan.definition, agentsOf(plan.definition));
}

const createReaders = ({ runs }: MandasDeps): Part<'listTasks' | 'getTask'> => ({
  async listTasks({ query, context: { tenantId } }) {
    const filter = { kind: 'task' as const, ...toStates(query.status) };
    const { items, total } = await runs.listCounted(tenantId, filter, toOffset(query));
    // One after the other: a hundred at once would take every connection to the store.
    const tasks: Task[] = [];
    for (const run of items) {
      const task = await recordOf(runs, run);
      if (task) tasks.push(task);
    }
    return { status: 200, body: tasks, headers: pageHeaders(PATH, query, total) };
  },

  async getTask({ path: { task_id: id }, context: { tenantId } }) {
    const run = await findRun(runs, tenantId, id, 'task');
    const task = run && (await recordOf(runs, run));
    return task ? { status: 200, body: task } : noTask(id);
  },
});

const createCancel = ({ service, runs }: MandasDeps): Part<'cancelTask'> => ({
  async cancelTask({ path: { task_id: id }, context: { tenantId }, signal }) {
    const run = await findRun(runs, tenantId, id, 'task');
    if (!run) return noTask(id);
    const cancelled = await cancelAndWait(service, run, signal);
    switch (cancelled.outcome) {
      case 'cancelled':
        return { status: 200, body: { message: 'Task has been cancelled.', status: 'CANCELLED' } };
      case 'unknown_run':
        return noTask(id);
      case 'overdue':
        return stillStopping('task');
      case 'ended': {
        const status = toStatus(cancelled.run.state);
        return refusal(409, 'TASK_ALREADY_FINISHED', 'The task has ended already.', { task_id: id, status });
      }
    }
  },
});
