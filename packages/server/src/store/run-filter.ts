import type { RunFilter } from '@flowwire/engine';
import type { Knex } from 'knex';
import { toStatus } from './run-record.ts';

/** Of rows of runs those that the filter takes. The bounds of its created range are exclusive. */
export function filtered(rows: Knex.QueryBuilder, filter: RunFilter): Knex.QueryBuilder {
  if (filter.kind === 'workflow') rows.whereNull('kind');
  else if (filter.kind !== undefined) rows.where('kind', filter.kind);
  if (filter.workflowId !== undefined) rows.where('workflow_id', filter.workflowId);
  if (filter.states) rows.whereIn('status', filter.states.map(toStatus));
  if (filter.createdAfter !== undefined) rows.where('created_at', '>', filter.createdAfter);
  if (filter.createdBefore !== undefined) rows.where('created_at', '<', filter.createdBefore);
  return rows;
}
