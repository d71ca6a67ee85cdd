import type { NodeFinished } from '../events.ts';
import type { NodeFigures, Percentiles, Run, RunFigures, StatsStore } from '../ports.ts';
import { isFinal } from '../run-state.ts';
import { compare, type MemoryRow, type MemoryRows } from './memory-rows.ts';
import type { MemoryWorkflows } from './memory-workflows.ts';

const MAX_WORKFLOWS = 100;
const MAX_NODES = 500;

export function createMemoryStats(rows: MemoryRows, workflows: MemoryWorkflows): StatsStore {
  const nameOf = (tenantId: string, id: string): string | undefined =>
    workflows.get(JSON.stringify([tenantId, id]))?.versions.at(-1)?.definition.name;

  return {
    async read(tenantId, { workflowId, createdAfter, createdBefore, groupBy }) {
      const found = [...rows.values()].filter(
        ({ run }) =>
          run.tenantId === tenantId &&
          run.kind === undefined &&
          (workflowId ?? run.workflowId) === run.workflowId &&
          run.createdAt > createdAfter &&
          run.createdAt < createdBefore,
      );
      const runs = found.map(({ run }) => run);
      return {
        totals: toFigures(runs),
        ...(groupBy.includes('workflow') && {
          byWorkflow: [...groupedBy(runs, (run) => run.workflowId)]
            .sort(([a, runsOfA], [b, runsOfB]) => runsOfB.length - runsOfA.length || compare(a, b))
            .slice(0, MAX_WORKFLOWS)
            .map(([id, runsOf]) => ({ ...named(id, nameOf(tenantId, id)), figures: toFigures(runsOf) })),
        }),
        ...(groupBy.includes('node') && { byNode: toNodeFigures(found) }),
        ...(groupBy.includes('day') && {
          byDay: [...groupedBy(runs, ({ createdAt }) => new Date(createdAt).toISOString().slice(0, 10))]
            .sort(([a], [b]) => compare(a, b))
            .map(([date, runsOf]) => ({ date, figures: toFigures(runsOf) })),
        }),
      };
    },
  };
}

const named = (workflowId: string, name: string | undefined) =>
  name === undefined ? { workflowId } : { workflowId, name };

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function toFigures(runs: readonly Run[]): RunFigures {
  const byState = {
    queued: 0,
    running: 0,
    paused: 0,
    waiting: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    timed_out: 0,
  };
  for (const { state } of runs) byState[state] += 1;
  const ended = runs.filter(({ state }) => isFinal(state)).length;
  const elapsed = runs.flatMap(({ startedAt, finishedAt }) =>
    startedAt === undefined || finishedAt === undefined ? [] : [finishedAt - startedAt],
  );
  const queued = runs.flatMap(({ startedAt, createdAt }) =>
    startedAt === undefined ? [] : [startedAt - createdAt],
  );
  return {
    runs: runs.length,
    byState,
    ...(ended > 0 && { successRate: byState.succeeded / ended }),
    ...(elapsed.length > 0 && { elapsedMs: percentiles(elapsed) }),
    ...(queued.length > 0 && { queuedMs: percentiles(queued) }),
    tokens: sumTokens(runs),
  };
}

function toNodeFigures(rows: readonly MemoryRow[]): readonly NodeFigures[] {
  const nodes = [...rows]
    .sort((a, b) => a.run.createdAt - b.run.createdAt || compare(a.run.id, b.run.id))
    .flatMap(({ run, nodes }) => nodes.map((node) => ({ workflowId: run.workflowId, ...node })));
  return [...groupedBy(nodes, ({ workflowId, nodeId }) => JSON.stringify([workflowId, nodeId])).values()]
    .flatMap((group) => {
      const newestNode = group.at(-1);
      return newestNode ? [toFigure(newestNode, group)] : [];
    })
    .sort((a, b) => b.runs - a.runs || compare(a.workflowId, b.workflowId) || compare(a.nodeId, b.nodeId))
    .slice(0, MAX_NODES);
}

function toFigure(
  { workflowId, nodeId, nodeType, title }: NodeFinished & { readonly workflowId: string },
  group: readonly NodeFinished[],
): NodeFigures {
  const count = (status: NodeFinished['status']) => group.filter((node) => node.status === status).length;
  return {
    workflowId,
    nodeId,
    nodeType,
    title,
    runs: group.length,
    succeeded: count('succeeded'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    retries: group.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    elapsedMs: percentiles(group.map(({ elapsedMs }) => elapsedMs)),
    tokens: sumTokens(group),
  };
}

const sumTokens = (items: readonly Pick<Run, 'tokens'>[]) => ({
  prompt: items.reduce((sum, { tokens }) => sum + tokens.prompt, 0),
  completion: items.reduce((sum, { tokens }) => sum + tokens.completion, 0),
});

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const atRank = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
  return { p50: atRank(50), p95: atRank(95) };
}
