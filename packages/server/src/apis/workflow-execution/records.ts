import type { Execution, Workflow, WorkflowSummary } from '@flowwire/contract/workflow-execution';
import type { RunState, RunSummary, StoredWorkflow } from '@flowwire/engine';
import { epochSeconds } from '../epoch.ts';
import { toRunError } from './dialect.ts';

/** The documented record of a run says `success` where the engine, and the events, say `succeeded`. */
export const toStatus = (state: RunState): Execution['status'] => (state === 'succeeded' ? 'success' : state);

export const toState = (status: Execution['status']): RunState =>
  status === 'success' ? 'succeeded' : status;

export function toExecution(run: RunSummary): Execution {
  const { startedAt, finishedAt } = run;
  return {
    id: run.id,
    workflow_id: run.workflowId,
    user_id: run.userId,
    status: toStatus(run.state),
    inputs: { ...run.inputs },
    ...(run.outputs === undefined ? {} : { outputs: { ...run.outputs } }),
    ...(run.error === undefined ? {} : { error: toRunError(run.error) }),
    ...(startedAt === undefined || finishedAt === undefined
      ? {}
      : { execution_time_ms: finishedAt - startedAt }),
    priority: run.priority,
    total_tokens: run.tokens.prompt + run.tokens.completion,
    total_steps: String(run.steps),
    last_event_id: run.lastSeq,
    created_at: epochSeconds(run.createdAt),
    ...(startedAt === undefined ? {} : { started_at: epochSeconds(startedAt) }),
    ...(finishedAt === undefined ? {} : { finished_at: epochSeconds(finishedAt) }),
  };
}

export function toWorkflowSummary({
  id,
  version,
  definition,
  createdAt,
  updatedAt,
}: StoredWorkflow): WorkflowSummary {
  return {
    id,
    name: definition.name,
    ...(definition.description === undefined ? {} : { description: definition.description }),
    version,
    created_at: epochSeconds(createdAt),
    updated_at: epochSeconds(updatedAt),
  };
}

export function toWorkflow(workflow: StoredWorkflow): Workflow {
  const { definition } = workflow;
  return {
    ...toWorkflowSummary(workflow),
    input_schema: definition.inputs ?? { type: 'object' },
    ...(definition.outputs === undefined ? {} : { output_schema: definition.outputs }),
    definition,
  };
}
