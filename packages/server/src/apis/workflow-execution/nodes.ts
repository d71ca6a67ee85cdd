import type { NodeExecution } from '@flowwire/contract/workflow-execution';
import {
  isFinal,
  type NodeFinished,
  type NodeStarted,
  type RunSummary,
  type StoredEvent,
  type WorkflowDefinition,
} from '@flowwire/engine';
import { epochSeconds } from '../epoch.ts';
import { seconds, toRunError, toTokenCounts } from './dialect.ts';

const NO_TOKENS = { prompt: 0, completion: 0 };
/** A loop may run its nodes without end; as many of these are told. */
const MAX_INNER = 1_000;

/**
 * What became of each node of a run, told from the run's log alone: first those of the definition, in its
 * order, then those inside other nodes, as they began.
 */
export function toNodeExecutions(
  run: RunSummary,
  definition: WorkflowDefinition,
  events: readonly StoredEvent[],
): NodeExecution[] {
  const top = new Map<string, NodeExecution>();
  const inner = new Map<string, NodeExecution>();
  for (const { event, at } of events) {
    if (!('nodeId' in event)) continue;
    if (event.scope === undefined) tell(top, event.nodeId, event, at);
    else tell(inner, `${event.scope}/${event.nodeId}`, event, at);
  }
  const untold: NodeExecution['status'] = isFinal(run.state) ? 'skipped' : 'pending';
  const told = definition.nodes.map(
    ({ id, type, title }) =>
      top.get(id) ?? {
        node_id: id,
        node_type: type,
        title: title ?? id,
        status: untold,
        attempts: 0,
        execution_metadata: toTokenCounts(NO_TOKENS),
      },
  );
  return [...told, ...inner.values()];
}

function tell(told: Map<string, NodeExecution>, key: string, event: StoredEvent['event'], at: number): void {
  const known = told.get(key);
  if (!known && told.size >= MAX_INNER && 'scope' in event) return;
  if (event.type === 'node_started') told.set(key, begun(event, at));
  if (event.type === 'node_retry' && known) told.set(key, { ...known, attempts: event.attempt });
  if (event.type === 'node_finished') told.set(key, { ...known, ...finished(event, at) });
}

const named = (event: NodeStarted | NodeFinished) => ({
  node_id: event.nodeId,
  node_type: event.nodeType,
  title: event.title,
  index: event.index,
  ...(event.scope === undefined ? {} : { scope: event.scope }),
});

const begun = (event: NodeStarted, at: number): NodeExecution => ({
  ...named(event),
  status: 'running',
  attempts: event.attempt,
  execution_metadata: toTokenCounts(NO_TOKENS),
  started_at: epochSeconds(at),
});

const finished = (event: NodeFinished, at: number): NodeExecution => ({
  ...named(event),
  status: event.status,
  attempts: event.attempts,
  elapsed_time: seconds(event.elapsedMs),
  outputs: { ...event.outputs },
  ...(event.error === undefined ? {} : { error: toRunError(event.error) }),
  ...(event.logs === undefined ? {} : { logs: event.logs }),
  ...(event.reused === undefined ? {} : { reused: true }),
  execution_metadata: toTokenCounts(event.tokens),
  finished_at: epochSeconds(at),
});
