import type { QueuedExecution } from '@flowwire/contract/workflow-execution';
import type { QueuedRun } from '@flowwire/engine';
import { epochSeconds } from '../epoch.ts';
import { listed, toPage, toPageRequest } from '../pages.ts';
import { refusal } from '../refusal.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { toStats } from './figures.ts';
import { createWaitEstimate } from './waits.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

/** Tells what waits, and how runs have fared. */
export function createMonitoringHandlers(
  deps: WorkflowExecutionDeps,
): Part<'listQueue' | 'getExecutionStats'> {
  const { runs, stats, now, runConcurrency } = deps;
  return {
    listQueue: ({ query, context: { tenantId } }) =>
      listed(async () => {
        const { workflow_id: workflowId } = query;
        const filter = { kind: 'workflow', ...(workflowId === undefined ? {} : { workflowId }) } as const;
        const [page, active] = await Promise.all([
          runs.queued(tenantId, filter, toPageRequest(query)),
          runs.countActive(tenantId, { kind: 'workflow' }),
        ]);
        const waitOf = page.items.length === 0 ? undefined : await createWaitEstimate(deps, tenantId);
        const toItem = (queued: QueuedRun) => ({ ...toQueued(queued, now()), ...waitOf?.(queued) });
        return {
          status: 200 as const,
          body: {
            ...toPage(page, toItem),
            queued: active.queued,
            running: active.running,
            capacity: runConcurrency,
          },
        };
      }),

    async getExecutionStats({ query, context: { tenantId } }) {
      const { workflow_id: workflowId, group_by: groupBy = [] } = query;
      // The bounds are exclusive: the second that goes on is part of the span.
      const before = query.created_before ?? epochSeconds(now()) + 1;
      const after = query.created_after ?? Math.max(0, before - (DEFAULT_DAYS * DAY_MS) / 1000);
      if (groupBy.includes('day') && (before - after) * 1000 > MAX_DAYS * DAY_MS) return tooLong();
      const read = await stats.read(tenantId, {
        createdAfter: after * 1000,
        createdBefore: before * 1000,
        groupBy,
        ...(workflowId === undefined ? {} : { workflowId }),
      });
      return { status: 200, body: { created_after: after, created_before: before, ...toStats(read) } };
    },
  };
}

const tooLong = () =>
  refusal(400, 'invalid_request', `By day, statistics span at most ${MAX_DAYS} days.`, [
    { in: 'query', pointer: '/created_after', code: 'minimum', message: 'is too long before created_before' },
  ]);

const toQueued = ({ run, position }: QueuedRun, now: number): QueuedExecution => ({
  execution_id: run.id,
  workflow_id: run.workflowId,
  user_id: run.userId,
  position,
  priority: run.priority,
  created_at: epochSeconds(run.createdAt),
  waited_ms: Math.max(0, now - run.queuedAt),
});
