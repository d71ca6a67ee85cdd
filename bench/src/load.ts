import { setTimeout as pause } from 'node:timers/promises';
import { createWorkflowExecution } from '@flowwire/client';
import { startServer } from './lib/child.ts';
import { type MixedOperation, prepareMix } from './lib/mixed-operations.ts';
import { print, round } from './lib/report.ts';

const CLIENTS = 1_000;
const PER_SECOND = 50;
const SECONDS = 60;
/** Clients come over this time, so that what is measured is a server under load and not the rush of its start. */
const ARRIVAL_MS = 10_000;
/** How much the memory in use may grow from the tenth second to the end: what the store and its caches keep. */
const MOST_GROWTH = 1.15;

const model = await startServer('slow-model');
const server = await startServer('reference', [
  JSON.stringify({
    OPENAI_BASE_URL: `${model.url}/v1`,
    OPENAI_MODEL: 'slow',
    FLOWWIRE_RUN_CONCURRENCY: String(2 * CLIENTS),
  }),
]);
const key = server.ready.key ?? '';
const api = createWorkflowExecution({ baseUrl: server.url, auth: key, maxRetries: 0 });
const errors: string[] = [];
const noteError = (error: unknown): void =>
  void errors.push(error instanceof Error ? error.message : String(error));

const { id } = await api.createWorkflow({
  body: {
    name: 'ask',
    nodes: [
      { id: 'start', type: 'start' },
      { id: 'write', type: 'llm', messages: [{ role: 'user', content: 'Write ten words.' }] },
      { id: 'answer', type: 'answer', template: '{{ write.text }}' },
    ],
    edges: [
      { from: 'start', to: 'write' },
      { from: 'write', to: 'answer' },
    ],
  },
});
const operations = await prepareMix(server.url, key);

const begun = performance.now();
const end = begun + ARRIVAL_MS + SECONDS * 1000;
let events = 0;
let streams = 0;

/** Streams one run after the other until the time is over. */
async function client(index: number): Promise<void> {
  await pause((index / CLIENTS) * ARRIVAL_MS);
  while (performance.now() < end) {
    try {
      const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: {} } });
      for await (const _ of stream) events += 1;
      const { data } = await stream.result();
      if (data.status !== 'succeeded') noteError(`a run is ${data.status}: ${data.error?.message}`);
      streams += 1;
    } catch (error) {
      noteError(error);
    }
  }
}

const latencies: Record<MixedOperation['kind'], number[]> = { read: [], write: [] };

async function timed({ kind, name, run }: MixedOperation): Promise<void> {
  const started = performance.now();
  try {
    await run();
    latencies[kind].push(performance.now() - started);
  } catch (error) {
    noteError(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Starts operations at a steady rate, whether or not those before have been answered. */
async function mix(): Promise<void> {
  const under: Promise<void>[] = [];
  const first = performance.now();
  for (let sent = 0; performance.now() < end; sent++) {
    const operation = operations[sent % operations.length];
    if (operation) under.push(timed(operation));
    const wait = first + ((sent + 1) * 1000) / PER_SECOND - performance.now();
    if (wait > 0) await pause(wait);
  }
  await Promise.all(under);
}

const clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
await pause(ARRIVAL_MS);
const mixed = mix();
await pause(10_000);
const early = await server.usage();
await mixed;
const late = await server.usage();
await clients;
await Promise.all([server.stop(), model.stop()]);

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

const row = (kind: MixedOperation['kind']) => ({
  what: `${kind}s`,
  count: latencies[kind].length,
  'p50 ms': round(percentile(latencies[kind], 0.5)),
  'p99 ms': round(percentile(latencies[kind], 0.99)),
});
const growth = late.rss / early.rss;
const cpuShare = (late.cpuUs - early.cpuUs) / ((SECONDS - 10) * 1e6);
print({
  bench: 'load',
  method: `${CLIENTS} clients stream runs whose model writes a word a second, while ${PER_SECOND} operations a second come for ${SECONDS} s: one server process on SQLite, the clients in another. ${streams} streams of ${events} events in all; the server used ${round(cpuShare)} of a core; ${round(early.rss / 1048576)} MiB after 10 s, ${round(late.rss / 1048576)} MiB at the end.`,
  rows: [row('read'), row('write')],
  promises: [
    { what: 'errors, at most 0', value: errors.length, kept: errors.length === 0 },
    {
      what: `memory at the end over that after 10 s, at most ${MOST_GROWTH}`,
      value: growth,
      kept: growth <= MOST_GROWTH,
    },
  ],
});
for (const error of new Set(errors.slice(0, 20))) process.stderr.write(`${error}\n`);
