// The workflow-execution API with one run whose events the benchmark appends itself: they are committed to SQLite,
// then go out to every follower.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setImmediate as nextTick } from 'node:timers/promises';
import { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';
import type { RunEvent } from '@flowwire/engine';
import { bind } from '@flowwire/koa';
import { createWorkflowExecutionHandlers } from '@flowwire/server';
import Koa from 'koa';
import { openEngine } from '../lib/engine.ts';
import { serve } from '../lib/serve.ts';

const { store, service, schedules } = await openEngine(1);
const runId = `run_${randomUUID().replaceAll('-', '')}`;
await store.runs.create({
  id: runId,
  tenantId: 'dev',
  workflowId: 'wf_x',
  version: 1,
  userId: 'bench',
  definition: { name: 'x', nodes: [{ id: 'start', type: 'start' }], edges: [] },
  inputs: {},
  priority: 5,
  timeoutMs: 600_000,
  onDisconnect: 'continue',
  disconnectGraceMs: 0,
  cacheKey: 'x',
  createdAt: Date.now(),
});
const run = await store.runs.claim(runId, 'bench', Date.now());
if (!run) throw new Error('the run could not be claimed');

const app = new Koa();
app.use(
  bind(
    workflowExecutionServer,
    createWorkflowExecutionHandlers({
      service,
      schedules,
      runs: store.runs,
      log: store.log,
      workflows: store.workflows,
      secrets: store.secrets,
      stats: store.stats,
      audit: { record: async () => undefined },
      checkSchema: () => [],
      now: Date.now,
      defaults: { timeoutMs: 1, disconnectGraceMs: 1 },
      runConcurrency: 1,
      laneConcurrency: () => 1,
    }),
    {
      authenticate: () => ({
        ok: true,
        context: { tenantId: 'dev', keyId: 'bench', appId: 'bench', permissions: ['ADMIN' as const] },
      }),
      problem: ({ status, message }) => ({ status, body: { message } }),
      onError: console.error,
    },
  ),
);

const delta = (seq: number): RunEvent => ({
  type: 'text_delta',
  nodeId: 'review',
  field: 'text',
  text: `word ${seq} `,
  responderId: 'answer',
  segment: 0,
});

let lastSeq = 0;
await serve(createServer(app.callback()), { key: 'any', runId }, async ({ events, perTick }) => {
  const end = lastSeq + Number(events);
  while (lastSeq < end) {
    const batch: RunEvent[] = [];
    const first = lastSeq + 1;
    while (batch.length < Number(perTick) && lastSeq < end) batch.push(delta(++lastSeq));
    store.log.append({ runId, epoch: run.epoch }, first, batch).catch(console.error);
    await nextTick();
  }
});
