import type {
  NodeFigures,
  Percentiles,
  RunFigures,
  RunState,
  StatsQuery,
  StatsStore,
} from '@flowwire/engine';
import type { Database, SqlValue } from './database.ts';
import { toStatus } from './run-record.ts';

const DAY_MS = 86_400_000;
const MAX_WORKFLOWS = 100;
const MAX_NODES = 500;
// On SQLite everything else waits meanwhile: for about half a second with so many.
const MAX_ROWS = 100_000;

const STATES: readonly RunState[] = [
  'queued',
  'running',
  'paused',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
];

/** The p-th percentile by nearest rank: the value at the place ceil(p * n / 100) of n. */
const percentile = (value: string, percent: number) =>
  `MAX(CASE WHEN ${value}_place = (${value}_count * ${percent} + 99) / 100 THEN ${value} END)`;

/** For `percentile`: the places of the values of each group, from 1, those that are not known last. */
const placesOf = (value: string, group: string) => `
  COUNT(${value}) OVER (PARTITION BY ${group}) AS ${value}_count,
  ROW_NUMBER() OVER (PARTITION BY ${group} ORDER BY ${value} IS NULL, ${value}) AS ${value}_place`;

const countIf = (condition: string) => `COUNT(CASE WHEN ${condition} THEN 1 END)`;

// PostgreSQL's sum of bigints is no bigint.
const sum = (value: string) => `CAST(SUM(${value}) AS bigint)`;

const conditionsOf = ({ workflowId }: StatsQuery) =>
  `tenant_id = ? AND created_at > ? AND created_at < ? ${workflowId === undefined ? '' : 'AND workflow_id = ?'}`;

/** Figures of the runs of a query, one row for each value of the expression `group`. */
const selectFigures = (group: string, query: StatsQuery) => `
  SELECT grouped, COUNT(*) AS runs,
    ${STATES.map((state) => `${countIf(`status = '${toStatus(state)}'`)} AS ${state}`).join(', ')},
    ${percentile('elapsed', 50)} AS elapsed_p50, ${percentile('elapsed', 95)} AS elapsed_p95,
    ${percentile('waited', 50)} AS waited_p50, ${percentile('waited', 95)} AS waited_p95,
    ${sum('prompt_tokens')} AS prompt_tokens, ${sum('completion_tokens')} AS completion_tokens
  FROM (
    SELECT grouped, status, prompt_tokens, completion_tokens, elapsed, waited,
      ${placesOf('elapsed', 'grouped')}, ${placesOf('waited', 'grouped')}
    FROM (
      SELECT ${group} AS grouped, status, prompt_tokens, completion_tokens,
        finished_at - started_at AS elapsed, started_at - created_at AS waited
      FROM workflow_executions WHERE ${conditionsOf(query)} AND kind IS NULL ORDER BY created_at DESC, id DESC LIMIT ${MAX_ROWS}
    ) AS run
  ) AS placed
  GROUP BY grouped`;

const selectWorkflows = (query: StatsQuery) => `
  SELECT figures.*, workflows.name
  FROM (${selectFigures('workflow_id', query)} ORDER BY runs DESC, grouped LIMIT ${MAX_WORKFLOWS}) AS figures
  LEFT JOIN workflows ON workflows.tenant_id = ? AND workflows.id = figures.grouped
  ORDER BY figures.runs DESC, figures.grouped`;

const NODE = 'workflow_id, node_id';

const selectNodes = (query: StatsQuery) => `
  SELECT ${NODE}, COUNT(*) AS runs,
    MAX(CASE WHEN newest = 1 THEN node_type END) AS node_type, MAX(CASE WHEN newest = 1 THEN title END) AS title,
    ${countIf("status = 'succeeded'")} AS succeeded, ${countIf("status = 'failed'")} AS failed,
    ${countIf("status = 'cancelled'")} AS cancelled,
    ${sum('CASE WHEN attempts > 1 THEN attempts - 1 ELSE 0 END')} AS retries,
    ${percentile('elapsed_ms', 50)} AS elapsed_p50, ${percentile('elapsed_ms', 95)} AS elapsed_p95,
    ${sum('prompt_tokens')} AS prompt_tokens, ${sum('completion_tokens')} AS completion_tokens
  FROM (
    SELECT run_nodes.*, ${placesOf('elapsed_ms', NODE)},
      ROW_NUMBER() OVER (PARTITION BY ${NODE} ORDER BY created_at DESC, run_id DESC, place DESC) AS newest
    FROM (
      SELECT * FROM run_nodes WHERE ${conditionsOf(query)} ORDER BY created_at DESC LIMIT ${MAX_ROWS}
    ) AS run_nodes
  ) AS placed
  GROUP BY ${NODE} ORDER BY runs DESC, ${NODE} LIMIT ${MAX_NODES}`;

interface TokenRow {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

interface FiguresRow extends TokenRow, Record<RunState, number> {
  readonly runs: number;
  readonly elapsed_p50: number | null;
  readonly elapsed_p95: number | null;
  readonly waited_p50: number | null;
  readonly waited_p95: number | null;
}

type WorkflowRow = FiguresRow & { readonly grouped: string; readonly name: string | null };
type DayRow = FiguresRow & { readonly grouped: number };

interface NodeRow extends TokenRow {
  readonly workflow_id: string;
  readonly node_id: string;
  readonly node_type: string;
  readonly title: string;
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly retries: number;
  readonly elapsed_p50: number;
  readonly elapsed_p95: number;
}

/**
 * Figures computed when they are asked for, from the runs and from the nodes of those that have ended: the newest
 * 100,000 of each, if there are more.
 */
export function createStatsStore(database: Database): StatsStore {
  return {
    async read(tenantId, query) {
      const { workflowId, createdAfter, createdBefore, groupBy } = query;
      const values = [
        tenantId,
        createdAfter,
        createdBefore,
        ...(workflowId === undefined ? [] : [workflowId]),
      ];
      const select = async <Row>(sql: string, more: readonly SqlValue[] = []) =>
        (await database.query<Row>(sql, [...values, ...more])).rows;
      const [totals] = await select<FiguresRow>(selectFigures("'all'", query));
      return {
        totals: totals ? toFigures(totals) : NOTHING,
        ...(groupBy.includes('workflow') && {
          byWorkflow: (await select<WorkflowRow>(selectWorkflows(query), [tenantId])).map((row) => ({
            workflowId: row.grouped,
            ...(row.name !== null && { name: row.name }),
            figures: toFigures(row),
          })),
        }),
        ...(groupBy.includes('node') && {
          byNode: (await select<NodeRow>(selectNodes(query))).map(toNodeFigures),
        }),
        ...(groupBy.includes('day') && {
          byDay: (
            await select<DayRow>(`${selectFigures(`created_at / ${DAY_MS}`, query)} ORDER BY grouped`)
          ).map((row) => ({ date: toDate(row.grouped), figures: toFigures(row) })),
        }),
      };
    },
  };
}

const toDate = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

const toTokens = ({ prompt_tokens, completion_tokens }: TokenRow) => ({
  prompt: prompt_tokens,
  completion: completion_tokens,
});

const toPercentiles = (p50: number | null, p95: number | null): Percentiles | undefined =>
  p50 === null || p95 === null ? undefined : { p50, p95 };

function toFigures(row: FiguresRow): RunFigures {
  const { queued, running, paused, waiting, succeeded, failed, cancelled, timed_out } = row;
  const ended = succeeded + failed + cancelled + timed_out;
  const elapsedMs = toPercentiles(row.elapsed_p50, row.elapsed_p95);
  const queuedMs = toPercentiles(row.waited_p50, row.waited_p95);
  return {
    runs: row.runs,
    byState: { queued, running, paused, waiting, succeeded, failed, cancelled, timed_out },
    ...(ended > 0 && { successRate: succeeded / ended }),
    ...(elapsedMs && { elapsedMs }),
    ...(queuedMs && { queuedMs }),
    tokens: toTokens(row),
  };
}

const NOTHING: RunFigures = {
  runs: 0,
  byState: {
    queued: 0,
    running: 0,
    paused: 0,
    waiting: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    timed_out: 0,
  },
  tokens: { prompt: 0, completion: 0 },
};

const toNodeFigures = (row: NodeRow): NodeFigures => ({
  workflowId: row.workflow_id,
  nodeId: row.node_id,
  nodeType: row.node_type,
  title: row.title,
  runs: row.runs,
  succeeded: row.succeeded,
  failed: row.failed,
  cancelled: row.cancelled,
  retries: row.retries,
  elapsedMs: { p50: row.elapsed_p50, p95: row.elapsed_p95 },
  tokens: toTokens(row),
});
