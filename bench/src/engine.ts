import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowDefinition } from '@flowwire/engine';
import { JOBS, promisesOf, warmCalls } from './lib/code-calls.ts';
import { countActive, keepWorkflow, openEngine, startRun } from './lib/engine.ts';
import { median, print, round } from './lib/report.ts';

const RUNS = 2_000;
const ROUNDS = 5;
const LATENCY_RUNS = 200;
const WAITING_RUNS = 1_000;
const IDLE_MS = 5_000;
const never = () => new AbortController().signal;

/** start, templates without a reference, end: nodes that do next to nothing. */
function chain(length: number): WorkflowDefinition {
  const steps = Array.from({ length: length - 2 }, (_, index) => `n${index}`);
  const ids = ['start', ...steps, 'end'];
  return {
    name: `${length} no-op nodes`,
    nodes: [
      { id: 'start', type: 'start' },
      ...steps.map((id) => ({ id, type: 'template' as const, template: '' })),
      { id: 'end', type: 'end', outputs: {} },
    ],
    edges: ids.slice(1).map((to, index) => ({ from: ids[index] ?? 'start', to })),
  };
}

const asking: WorkflowDefinition = {
  name: 'asks a person',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'ask', type: 'question', question: 'Well?', expires_after_ms: 3_600_000 },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'ask' },
    { from: 'ask', to: 'end' },
  ],
};

const engine = await openEngine(64);
const { folder, service } = engine;
await keepWorkflow(engine, 'wf_ten', chain(10));
await keepWorkflow(engine, 'wf_hundred', chain(100));
await keepWorkflow(engine, 'wf_asking', asking);
await service.recover();

async function throughput(workflowId: string, runs: number) {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const finished = Array.from({ length: runs }, async () =>
    service.result(await startRun(engine, workflowId), never()),
  );
  for (const { state } of await Promise.all(finished)) if (state !== 'succeeded') throw new Error(state);
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: runs / ((performance.now() - begun) / 1000), cpuUs: (user + system) / runs };
}

async function firstEventMs(): Promise<number> {
  const begun = performance.now();
  const run = await startRun(engine, 'wf_ten');
  for await (const _ of service.follow(run, 0, (stored) => stored.seq)) {
    const elapsed = performance.now() - begun;
    await service.result(run, never());
    return elapsed;
  }
  throw new Error('the run had no event');
}

/** CPU in ms that the process takes while nobody asks anything of it. */
async function idleCpuMs(): Promise<number> {
  const cpu = process.cpuUsage();
  await sleep(IDLE_MS);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1000;
}

await throughput('wf_ten', RUNS);
const ten = [];
const hundred = [];
for (let index = 0; index < ROUNDS; index++) {
  ten.push(await throughput('wf_ten', RUNS));
  hundred.push(await throughput('wf_hundred', RUNS / 10));
}
const latencies: number[] = [];
for (let index = 0; index < LATENCY_RUNS; index++) latencies.push(await firstEventMs());
latencies.sort((a, b) => a - b);

await Promise.all(Array.from({ length: WAITING_RUNS }, () => startRun(engine, 'wf_asking')));
while ((await countActive(engine)).waiting < WAITING_RUNS) await sleep(20);
// What came before leaves garbage and a checkpoint behind, which is no waiting.
globalThis.gc?.();
await sleep(2_000);
const idleWaiting = await idleCpuMs();

const [javascript, python] = [await warmCalls(JOBS[0]), await warmCalls(JOBS[1])];
const perSecond = median(ten.map((one) => one.perSecond));
const cpuTen = median(ten.map((one) => one.cpuUs));
const cpuHundred = median(hundred.map((one) => one.cpuUs));
// What ninety further nodes cost: without what a run costs by itself.
const overheadMs = (cpuHundred - cpuTen) / 90 / 1000;
const p50 = median(latencies);
print({
  bench: 'engine',
  method: `Runs of ten no-op nodes on SQLite (WAL, synchronous=NORMAL), ${RUNS} at once over 64 workers, ${ROUNDS} rounds after one to warm up, medians. Per node: what 90 further nodes add in CPU. First event: ${LATENCY_RUNS} runs one by one, from start() to a follower's first event. Waiting: CPU over ${IDLE_MS / 1000} s with ${WAITING_RUNS} runs that wait for a person and nothing else to do. Code: 200 calls one by one on a warm sandbox.`,
  rows: [
    { figure: 'runs per second', value: Math.round(perSecond) },
    { figure: 'CPU µs per ten-node run', value: Math.round(cpuTen) },
    { figure: 'CPU µs per further node', value: round(overheadMs * 1000) },
    { figure: 'start to first event, p50 ms', value: round(p50) },
    { figure: 'start to first event, p95 ms', value: round(latencies[Math.floor(LATENCY_RUNS * 0.95)] ?? 0) },
    { figure: `CPU ms of ${WAITING_RUNS} waiting runs in ${IDLE_MS / 1000} s`, value: round(idleWaiting) },
    { figure: 'warm JavaScript call, p50 ms', value: round(median(javascript)) },
    { figure: 'warm Python call, p50 ms', value: round(median(python)) },
  ],
  promises: [
    { what: 'ten-node runs per second, at least 1,000', value: perSecond, kept: perSecond >= 1_000 },
    { what: 'CPU ms per node, under 0.2', value: overheadMs, kept: overheadMs < 0.2 },
    { what: 'ms from start to first event at p50, under 10', value: p50, kept: p50 < 10 },
    {
      what: `CPU ms of ${WAITING_RUNS} waiting runs in ${IDLE_MS / 1000} s, under 50 (1 %)`,
      value: idleWaiting,
      kept: idleWaiting < 50,
    },
    ...promisesOf({ javascript, python }),
  ],
});
await rm(folder, { recursive: true, force: true });
process.exit();
