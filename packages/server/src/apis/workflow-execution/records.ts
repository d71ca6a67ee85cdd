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
    version: run.version,
    user_id: run.userId,
    ...(run.conversationId === undefined ? {} : { conversation_id: run.conversationId }),
    ...(run.reuse === undefined ? {} : { reused_from: run.reuse.runId }),
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

export function toWorkflowSummary(workflow: StoredWorkflow): WorkflowSummary {
  const { definition, publishedVersion, source } = workflow;
  return {
    id: workflow.id,
    name: definition.name,
    ...(definition.description === undefined ? {} : { description: definition.description }),
    version: workflow.version,
    latest_version: workflow.latestVersion,
    ...(publishedVersion === undefined ? {} : { published_version: publishedVersion }),
    ...(source === undefined ? {} : { imported_from: source.format }),
    created_at: epochSeconds(workflow.createdAt),
    updated_at: epochSeconds(workflow.updatedAt),
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
