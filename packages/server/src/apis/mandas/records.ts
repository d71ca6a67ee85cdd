import type { Task, WorkflowDefinition, WorkflowRun, WorkflowVersion } from '@flowwire/contract/mandas';
import {
  type WorkflowDefinition as Definition,
  exportYaml,
  isFinal,
  type ListedRun,
  type StoredWorkflow,
} from '@flowwire/engine';
import type { Agents } from './agents.ts';
import { timestamp, toRunError, toStatus, toTokenUsage } from './dialect.ts';

/** A workflow in one of its versions. */
export const toWorkflow = (workflow: StoredWorkflow): WorkflowDefinition => ({
  id: workflow.id,
  name: workflow.definition.name,
  description: workflow.definition.description ?? '',
  definition_yaml:
    workflow.source?.format === 'mandas' ? workflow.source.text : exportYaml(workflow.definition),
  version: workflow.version,
  created_at: timestamp(workflow.createdAt),
  updated_at: timestamp(workflow.updatedAt),
});

export const toVersion = ({ id, version, definition, updatedAt }: StoredWorkflow): WorkflowVersion => ({
  workflow_id: id,
  version,
  name: definition.name,
  description: definition.description ?? '',
  created_at: timestamp(updatedAt),
});

/** What runs and tasks tell alike. */
const factsOf = (run: ListedRun, agents?: Agents) => ({
  status: toStatus(run.state),
  ...(run.error && { error: toRunError(run.error, agents) }),
  ...(isFinal(run.state) && { token_usage: toTokenUsage(run.tokens) }),
  ...(run.startedAt !== undefined &&
    run.finishedAt !== undefined && { duration_ms: run.finishedAt - run.startedAt }),
  created_at: timestamp(run.createdAt),
  ...(run.startedAt !== undefined && { started_at: timestamp(run.startedAt) }),
  ...(run.finishedAt !== undefined && { completed_at: timestamp(run.finishedAt) }),
});

export const toRun = (run: ListedRun, agents?: Agents): WorkflowRun => ({
  id: run.id,
  workflow_id: run.workflowId,
  workflow_version: run.version,
  ...(run.inputs && { initial_input: { ...run.inputs } }),
  ...factsOf(run, agents),
  ...(run.outputs && { final_output: { ...run.outputs } }),
  last_event_id: run.lastSeq,
});

/** `definition` is the task's own: its one agent. */
export function toTask(run: ListedRun, { nodes }: Definition, agents?: Agents): Task {
  const agent = nodes.find((node) => node.type === 'agent');
  if (agent?.type !== 'agent') throw new Error(`the task ${run.id} has no agent`);
  return {
    id: run.id,
    agent_name: agent.title ?? agent.id,
    agent_type: agent.role ?? agent.type,
    ...(run.inputs && { input: { ...run.inputs } }),
    ...factsOf(run, agents),
    ...(run.outputs && { output: { ...run.outputs } }),
  };
}
