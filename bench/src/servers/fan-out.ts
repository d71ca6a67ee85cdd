// The whole server with one run whose events the benchmark appends itself: they are committed to SQLite,
// then go out to every follower.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { RunEvent } from '@flowwire/engine';
import { createApp, createKey, createLogger, createMetrics } from '@flowwire/server';
import { openEngine } from '../lib/engine.ts';
import { serve } from '../lib/serve.ts';

const { store, service, schedules } = await openEngine(1);
const key = 'fw_benchmark-key';
await store.keys.ensureTenant('dev', 'bench');
await createKey(store.keys, key, {
  tenantId: 'dev',
  name: 'bench',
  permissions: ['ADMIN'],
  createdAt: Date.now(),
});

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

const app = createApp({
  service,
  schedules,
  runs: store.runs,
  log: store.log,
  workflows: store.workflows,
  secrets: store.secrets,
  stats: store.stats,
  checkSchema: () => [],
  keys: store.keys,
  now: Date.now,
  defaults: { timeoutMs: 1, disconnectGraceMs: 1 },
  runConcurrency: 1,
  logger: createLogger('silent'),
  metrics: createMetrics(store.runs),
  documents: { site: '', specs: '' },
  draining: new AbortController().signal,
  ping: () => store.ping(),
  validateReplies: false,
});

const delta = (seq: number): RunEvent => ({
  type: 'text_delta',
  nodeId: 'review',
  field: 'text',
  text: `word ${seq} `,
  responderId: 'answer',
  segment: 0,
});

let lastSeq = 0;
await serve(createServer(app.callback()), { key, runId }, async ({ events, perTick }) => {
  const end = lastSeq + Number(events);
  while (lastSeq < end) {
    const batch: RunEvent[] = [];
    const first = lastSeq + 1;
    while (batch.length < Number(perTick) && lastSeq < end) batch.push(delta(++lastSeq));
    store.log.append({ runId, epoch: run.epoch }, first, batch).catch(console.error);
    await nextTick();
  }
});
