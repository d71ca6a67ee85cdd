import type { NodeFinished } from '@flowwire/engine';
import { type Cell, columns, execute, type TransactionBody } from './database.ts';
import { storable } from './text.ts';

const NODE_COLUMNS =
  'place, node_id, node_type, title, status, attempts, elapsed_ms, prompt_tokens, completion_tokens';

/** So many rows a statement: a third less time than one by one, for runs as they mostly are. */
const ROWS = 8;

const insertOf = (rows: number) => `
  INSERT INTO run_nodes (tenant_id, created_at, run_id, workflow_id, ${NODE_COLUMNS})
  SELECT run.tenant_id, run.created_at, run.id, run.workflow_id, node.*
  FROM workflow_executions AS run, (
    VALUES ${Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
  ) AS node
  WHERE run.id = ? AND run.kind IS NULL`;

const INSERT_ROWS = insertOf(ROWS);
const INSERT_ROW = insertOf(1);

/** For SQLite: writes the nodes of an ended run of a workflow. Those of other kinds have no figures. */
export function* writeNodes(runId: string, nodes: readonly NodeFinished[]): TransactionBody<void> {
  const rows = toRows(nodes);
  let next = 0;
  for (; next + ROWS <= rows.length; next += ROWS) {
    yield { sql: INSERT_ROWS, values: [...rows.slice(next, next + ROWS).flat(), runId] };
  }
  for (const row of rows.slice(next)) yield { sql: INSERT_ROW, values: [...row, runId] };
}

const INSERT_SET = `
  INSERT INTO run_nodes (tenant_id, created_at, run_id, workflow_id, ${NODE_COLUMNS})
  SELECT run.tenant_id, run.created_at, run.id, run.workflow_id, ${NODE_COLUMNS.replaceAll(/\w+/g, 'node.$&')}
  FROM unnest(
    ?::text[], ?::integer[], ?::text[], ?::text[], ?::text[], ?::text[], ?::integer[], ?::bigint[],
    ?::bigint[], ?::bigint[]
  ) AS node (run_id, ${NODE_COLUMNS})
  JOIN workflow_executions AS run ON run.id = node.run_id
  WHERE run.kind IS NULL`;

/** For PostgreSQL: writes the nodes of all these runs at once, as `writeNodes`. */
export function* writeNodesAsSet(
  runs: readonly { readonly runId: string; readonly nodes: readonly NodeFinished[] }[],
): TransactionBody<void> {
  const rows = runs.flatMap(({ runId, nodes }) => toRows(nodes).map((row) => [runId, ...row]));
  if (rows.length > 0) yield* execute(INSERT_SET, columns(10, rows));
}

/** A node whose outputs were taken from an earlier run did not run: it has no figures. */
const toRows = (nodes: readonly NodeFinished[]): readonly Cell[][] =>
  nodes
    .filter(({ reused }) => !reused)
    .map((node, place) => [
      place,
      node.nodeId,
      node.nodeType,
      storable(node.title),
      node.status,
      node.attempts,
      node.elapsedMs,
      node.tokens.prompt,
      node.tokens.completion,
    ]);
