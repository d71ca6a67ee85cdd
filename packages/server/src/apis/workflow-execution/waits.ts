import type { ExecutionDetail } from '@flowwire/contract/workflow-execution';
import type { QueuedRun, RunSummary } from '@flowwire/engine';
import type { WorkflowExecutionDeps } from './deps.ts';

/** Runs of the last hour say how long a run takes, if that many have ended. */
const RECENT_MS = 3_600_000;
const ENOUGH_RUNS = 5;

type EstimateDeps = Pick<WorkflowExecutionDeps, 'stats' | 'now' | 'runConcurrency' | 'laneConcurrency'>;

type Places = Omit<QueuedRun, 'run'> & { readonly run: Pick<RunSummary, 'pool'> };

/**
 * Tells from a run's places how long it will wait: until the server has room, or the tenant has in the run's pool,
 * whichever is later. Tells nothing when too few of the tenant's runs have ended.
 */
export async function createWaitEstimate(
  { stats, now, runConcurrency, laneConcurrency }: EstimateDeps,
  tenantId: string,
): Promise<(places: Places) => Pick<ExecutionDetail, 'estimated_wait_ms'>> {
  const at = now();
  const { totals } = await stats.read(tenantId, {
    createdAfter: at - RECENT_MS,
    createdBefore: at,
    groupBy: [],
  });
  const { succeeded, failed, cancelled, timed_out } = totals.byState;
  const runMs = totals.elapsedMs?.p50;
  if (runMs === undefined || succeeded + failed + cancelled + timed_out < ENOUGH_RUNS) return () => ({});
  return ({ run, position, positionInTenant }) => {
    const rounds = Math.max(position / runConcurrency, positionInTenant / laneConcurrency(run.pool));
    return { estimated_wait_ms: Math.round(runMs * rounds) };
  };
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
  const waitOf = await createWaitEstimate(deps, tenantId);
  return { queue_position: place.position, ...waitOf(place) };
}
