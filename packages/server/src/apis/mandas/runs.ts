import {
  InvalidInputsError,
  type JsonObject,
  type StartOutcome,
  type StartRun,
  UnknownSubflowError,
} from '@flowwire/engine';
import { withKey } from '../../idempotency/fingerprint.ts';
import { TOLD_EVENTS, toAgentResults, toProgress } from './agent-results.ts';
import { agentsOf } from './agents.ts';
import { cancelAndWait, stillStopping } from './cancel.ts';
import type { MandasDeps, Part } from './deps.ts';
import { toQuestion, toStates, toStatus } from './dialect.ts';
import { findRun } from './find-run.ts';
import { pageHeaders, toOffset } from './pages.ts';
import { toRun } from './records.ts';
import { faulty, keyReused, noRun, noWorkflow, queued, refusal } from './refusals.ts';

const PATH = '/mandas/v2/workflows/runs';

/** Starts runs of workflows, lists, reads and cancels them. */
export const createRunHandlers = (
  deps: MandasDeps,
): Part<'startRun' | 'listRuns' | 'getRun' | 'cancelRun'> => ({
  ...createStart(deps),
  ...createReaders(deps),
  ...createCancel(deps),
});

const createStart = (deps: MandasDeps): Part<'startRun'> => ({
  startRun: ({ path: { workflow_id: id }, headers, body, context: { tenantId, keyId } }) =>
    started(id, async () => {
      const answer = await startNewest(deps, {
        tenantId,
        workflowId: id,
        userId: keyId,
        // Sound: the body was JSON text, so its values are JSON values.
        inputs: (body.initial_input ?? {}) as JsonObject,
        ...deps.background,
        onDisconnect: 'continue',
        ...withKey(headers['Idempotency-Key'], 'startRun', id, body),
      });
      if (answer.outcome === 'conflict') return keyReused();
      if (answer.outcome === 'unknown_workflow') return noWorkflow(id);
      return {
        status: 202 as const,
        body: {
          run_id: answer.run.id,
          status: 'QUEUED' as const,
          message: 'Workflow run has been queued.',
        },
        headers: { Location: `${PATH}/${answer.run.id}` },
      };
    }),
});

/** Not the published version: what this API shows as the workflow is what it runs. */
async function startNewest(
  { service, workflows }: MandasDeps,
  request: Omit<StartRun, 'version'>,
): Promise<StartOutcome> {
  const { tenantId, workflowId, idempotency } = request;
  const earlier = await service.repeated(tenantId, idempotency);
  if (earlier) return earlier;
  const newest = await workflows.get(tenantId, workflowId);
  return newest ? service.start({ ...request, version: newest.version }) : { outcome: 'unknown_workflow' };
}

/** The answer of what starts a run of a workflow; input that it does not take is refused. */
async function started<Reply>(workflowId: string, act: () => Promise<Reply>) {
  try {
    return await queued(act);
  } catch (error) {
    const about = { workflow_id: workflowId };
    if (error instanceof UnknownSubflowError) {
      const message = `The subflow ${error.nodeId} cannot run: ${error.message}.`;
      return refusal(409, 'SUBFLOW_NOT_FOUND', message, about);
    }
    if (!(error instanceof InvalidInputsError)) throw error;
    const findings = error.problems.map(({ pointer, code, message }) => ({
      in: 'body' as const,
      pointer: `/initial_input${pointer}`,
      code,
      message,
    }));
    return faulty('INVALID_INPUT', 'The input', findings, about);
  }
}

const createReaders = ({ service, runs, log }: MandasDeps): Part<'listRuns' | 'getRun'> => ({
  async listRuns({ query, context: { tenantId } }) {
    const filter = {
      kind: 'workflow' as const,
      ...(query.workflow_id !== undefined && { workflowId: query.workflow_id }),
      ...toStates(query.status),
    };
    const { items, total } = await runs.listCounted(tenantId, filter, toOffset(query));
    return {
      status: 200,
      body: items.map((run) => toRun(run)),
      headers: pageHeaders(PATH, query, total),
    };
  },

  async getRun({ path: { run_id: id }, context: { tenantId } }) {
    const run = await findRun(runs, tenantId, id, 'workflow');
    const plan = run && (await runs.plan(id));
    if (!run || !plan) return noRun(id);
    const agents = agentsOf(plan.definition);
    const questions = await service.questions(run);
    const record = {
      ...toRun(run, agents),
      ...(questions.length > 0 && { questions: questions.map((asked) => toQuestion(asked, agents)) }),
    };
    // What is left of a log does not tell what became of the agents.
    if (run.startedAt === undefined || run.prunedSeq > 0) return { status: 200, body: record };
    const events = await log.readTypes(id, TOLD_EVENTS);
    const results = toAgentResults(agents, events);
    const progress = toProgress(agents, results, events);
    return { status: 200, body: { ...record, progress, agent_results: results } };
  },
});

const createCancel = ({ service, runs }: MandasDeps): Part<'cancelRun'> => ({
  async cancelRun({ path: { run_id: id }, context: { tenantId }, signal }) {
    const run = await findRun(runs, tenantId, id, 'workflow');
    if (!run) return noRun(id);
    const cancelled = await cancelAndWait(service, run, signal);
    switch (cancelled.outcome) {
      case 'cancelled':
        return { status: 200, body: { message: 'Workflow run has been cancelled.', status: 'CANCELLED' } };
      case 'unknown_run':
        return noRun(id);
      case 'overdue':
        return stillStopping('run');
      case 'ended': {
        const status = toStatus(cancelled.run.state);
        return refusal(409, 'RUN_ALREADY_FINISHED', 'The run has ended already.', { run_id: id, status });
      }
    }
  },
});
