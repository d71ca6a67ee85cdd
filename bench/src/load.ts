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
/** Under the whole load, before anything is measured. */
const WARM_UP_S = 10;
/**
 * How much the memory in use may grow from the end of the warm-up to that of the load. What is resident says less: V8 lets its heap grow
 * to several times what is in use before it collects it all.
 */
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

const end = performance.now() + ARRIVAL_MS + (WARM_UP_S + SECONDS) * 1000;
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

/** Milliseconds until the answers to one operation, each time. */
type Latencies = ReadonlyMap<MixedOperation, number[]>;

async function timed(operation: MixedOperation, latencies: number[]): Promise<void> {
  const { name, run } = operation;
  const started = performance.now();
  try {
    await run();
    latencies.push(performance.now() - started);
  } catch (error) {
    noteError(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Starts operations at a steady rate, whether or not those before have been answered. */
async function mix(seconds: number): Promise<Latencies> {
  const latencies: Latencies = new Map(operations.map((operation) => [operation, []]));
  const under: Promise<void>[] = [];
  const first = performance.now();
  for (let sent = 0; sent < seconds * PER_SECOND; sent++) {
    const operation = operations[sent % operations.length];
    const times = operation && latencies.get(operation);
    if (times) under.push(timed(operation, times));
    const wait = first + ((sent + 1) * 1000) / PER_SECOND - performance.now();
    if (wait > 0) await pause(wait);
  }
  await Promise.all(under);
  return latencies;
}

const clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
await pause(ARRIVAL_MS);
await mix(WARM_UP_S);
const early = await server.memory();
const cpuBefore = await server.cpuUs();
const begun = performance.now();
const latencies = await mix(SECONDS);
const cpuShare = ((await server.cpuUs()) - cpuBefore) / (performance.now() - begun) / 1000;
const late = await server.memory();
await clients;
await Promise.all([server.stop(), model.stop()]);

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

const row = (what: string, times: readonly number[]) => ({
  what,
  count: times.length,
  'p50 ms': round(percentile(times, 0.5)),
  'p99 ms': round(percentile(times, 0.99)),
});
const all = (kind: MixedOperation['kind']) =>
  Array.from(latencies, ([operation, times]) => (operation.kind === kind ? times : [])).flat();
const growth = late.inUse / early.inUse;
const mib = (bytes: number): number => Math.round(bytes / 1048576);
print({
  bench: 'load',
  method: `${CLIENTS} clients stream runs whose model writes a word a second, while ${PER_SECOND} operations a second come for ${SECONDS} s: one server process on SQLite, the clients in another. ${streams} streams of ${events} events in all; the server used ${round(cpuShare)} of a core; ${mib(early.inUse)} MiB were in use before that and ${mib(late.inUse)} MiB at the end, ${mib(late.resident)} MiB resident.`,
  rows: [
    row('all reads', all('read')),
    row('all writes', all('write')),
    ...Array.from(latencies, ([{ name }, times]) => row(name, times)),
  ],
  promises: [
    { what: 'errors, at most 0', value: errors.length, kept: errors.length === 0 },
    {
      what: `memory in use at the end over that after the warm-up, at most ${MOST_GROWTH}`,
      value: growth,
      kept: growth <= MOST_GROWTH,
    },
  ],
});
for (const error of new Set(errors.slice(0, 20))) process.stderr.write(`${error}\n`);
