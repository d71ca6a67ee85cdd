import type { NodeExecution } from '@flowwire/contract/workflow-execution';
import { isFinal, type RunSummary, type StoredEvent, type WorkflowDefinition } from '@flowwire/engine';
import { epochSeconds } from '../epoch.ts';
import { seconds, toRunError, toTokenCounts } from './dialect.ts';

const NO_TOKENS = { prompt: 0, completion: 0 };

/** What became of each node of a run, in the definition's order, told from the run's log alone. */
export function toNodeExecutions(
  run: RunSummary,
  definition: WorkflowDefinition,
  events: readonly StoredEvent[],
): NodeExecution[] {
  const told = new Map<string, NodeExecution>();
  for (const stored of events) tell(told, stored);
  const untold = isFinal(run.state) ? 'skipped' : 'pending';
  return definition.nodes.map(
    ({ id, type, title }) =>
      told.get(id) ?? {
        node_id: id,
        node_type: type,
        title: title ?? id,
        status: untold,
        attempts: 0,
        execution_metadata: toTokenCounts(NO_TOKENS),
      },
  );
}

function tell(told: Map<string, NodeExecution>, { event, at }: StoredEvent): void {
  if (event.type === 'node_started') {
    told.set(event.nodeId, {
      node_id: event.nodeId,
      node_type: event.nodeType,
      title: event.title,
      status: 'running',
      index: event.index,
      attempts: event.attempt,
      execution_metadata: toTokenCounts(NO_TOKENS),
      started_at: epochSeconds(at),
    });
  }
  if (event.type === 'node_retry') {
    const node = told.get(event.nodeId);
    if (node) told.set(event.nodeId, { ...node, attempts: event.attempt });
  }
  if (event.type === 'node_finished') {
    told.set(event.nodeId, {
      ...told.get(event.nodeId),
      node_id: event.nodeId,
      node_type: event.nodeType,
      title: event.title,
      index: event.index,
      status: event.status,
      attempts: event.attempts,
      elapsed_time: seconds(event.elapsedMs),
      outputs: { ...event.outputs },
      ...(event.error === undefined ? {} : { error: toRunError(event.error) }),
      execution_metadata: toTokenCounts(event.tokens),
      finished_at: epochSeconds(at),
    });
  }
}
