import type { ExecutionDetail } from '@flowwire/contract/workflow-execution';
import type { RunSummary } from '@flowwire/engine';
import type { WorkflowExecutionDeps } from './deps.ts';

/** Runs of the last hour say how long a run takes, if that many have ended. */
const RECENT_MS = 3_600_000;
const ENOUGH_RUNS = 5;

/** Tells from a run's place in the queue how long it will wait; nothing when too few of the tenant's runs have ended. */
export async function createWaitEstimate(
  { stats, now, runConcurrency }: WorkflowExecutionDeps,
  tenantId: string,
): Promise<(position: number) => Pick<ExecutionDetail, 'estimated_wait_ms'>> {
  const at = now();
  const { totals } = await stats.read(tenantId, {
    createdAfter: at - RECENT_MS,
    createdBefore: at,
    groupBy: [],
  });
  const { succeeded, failed, cancelled, timed_out } = totals.byState;
  const runMs = totals.elapsedMs?.p50;
  if (runMs === undefined || succeeded + failed + cancelled + timed_out < ENOUGH_RUNS) return () => ({});
  return (position) => ({ estimated_wait_ms: Math.round((runMs * position) / runConcurrency) });
}

/** Where in the queue a run is, and how long it will wait; nothing when it is not queued. */
export async function placeOf(
  deps: WorkflowExecutionDeps,
  { id, tenantId, state }: RunSummary,
): Promise<Pick<ExecutionDetail, 'queue_position' | 'estimated_wait_ms'>> {
  if (state !== 'queued') return {};
  const { items } = await deps.runs.queued(tenantId, { runId: id }, { limit: 1 });
  const [place] = items;
  // Its turn has come in between.
  if (!place) return {};
  const waitAt = await createWaitEstimate(deps, tenantId);
  return { queue_position: place.position, ...waitAt(place.position) };
}
