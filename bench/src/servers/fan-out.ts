// The whole server with one run whose events the benchmark appends itself: they are committed to SQLite,
// then go out to every follower.
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import {
  createCodeSandbox,
  createHttpSender,
  createOfflineModel,
  createRunService,
  type RunEvent,
  systemClock,
} from '@flowwire/engine';
import {
  createApp,
  createEmbeddedQueue,
  createKey,
  createLocalWake,
  createLogger,
  createMetrics,
  createSchemaValidator,
  openStore,
} from '@flowwire/server';
import { serve } from '../lib/serve.ts';

const wake = createLocalWake(console.error);
const file = join(await mkdtemp(join(tmpdir(), 'flowwire-bench-')), 'flowwire.sqlite');
const store = await openStore({ kind: 'sqlite', file }, { wake, now: Date.now });
const queue = createEmbeddedQueue({ concurrency: 1, onError: console.error });
const validateSchema = createSchemaValidator();
const services = {
  models: createOfflineModel(),
  http: createHttpSender({}),
  code: createCodeSandbox(),
  clock: systemClock,
};
const service = createRunService({
  log: store.log,
  runs: store.runs,
  queue,
  wake,
  services,
  validateSchema,
  owner: 'bench',
  onError: console.error,
});
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
  userId: 'bench',
  definition: { name: 'x', nodes: [{ id: 'start', type: 'start' }], edges: [] },
  inputs: {},
  priority: 5,
  timeoutMs: 600_000,
  onDisconnect: 'continue',
  disconnectGraceMs: 0,
  createdAt: Date.now(),
});
const run = await store.runs.claim(runId, 'bench', Date.now());
if (!run) throw new Error('the run could not be claimed');

const app = createApp({
  service,
  runs: store.runs,
  log: store.log,
  workflows: store.workflows,
  keys: store.keys,
  now: Date.now,
  defaults: { timeoutMs: 1, disconnectGraceMs: 1 },
  logger: createLogger('silent'),
  metrics: createMetrics(() => queue.counts()),
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
