import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenedTables, sqliteBackend } from './laws/backends.ts';

const backend = sqliteBackend();
let opened: OpenedTables;
beforeAll(async () => {
  opened = await backend.open();
});
afterAll(async () => {
  await opened.store.close();
  await backend.remove();
});

/** How SQLite reads what `read` asks for: one line for each table or index. */
async function planOf(read: () => Promise<unknown>): Promise<string[]> {
  const { knex } = opened.database;
  const asked: { readonly sql: string; readonly bindings: string[] }[] = [];
  const listen = (query: (typeof asked)[number]) => void asked.push(query);
  knex.on('query', listen);
  await read();
  knex.off('query', listen);
  const plans: { readonly detail: string }[][] = await Promise.all(
    asked.map(({ sql, bindings }) => knex.raw(`EXPLAIN QUERY PLAN ${sql}`, bindings)),
  );
  return plans.flat().map(({ detail }) => detail);
}

test('places in the queue come from its index alone, and only what is listed is looked up', async () => {
  const plan = await planOf(() => opened.store.runs.queued('tenant', { kind: 'workflow' }, { limit: 10 }));
  const reads = plan.filter((line) => line.includes('workflow_executions'));
  expect(reads.filter((line) => line.includes('COVERING INDEX workflow_executions_queue'))).toHaveLength(1);
  expect(plan.filter((line) => line.startsWith('SEARCH run '))).toEqual([
    expect.stringContaining('USING INDEX sqlite_autoindex_workflow_executions_1 (id=?)'),
  ]);
});

test('runs under way are counted from an index that has no ended ones', async () => {
  const plan = await planOf(() => opened.store.runs.countActive('tenant', { kind: 'workflow' }));
  expect(plan.filter((line) => line.includes('workflow_executions'))).toEqual([
    expect.stringContaining('USING INDEX workflow_executions_active (status=? AND tenant_id=?)'),
  ]);
});
