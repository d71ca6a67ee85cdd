import { rm } from 'node:fs/promises';
import type { WorkflowDefinition } from '@flowwire/engine';
import { openEngine } from './lib/engine.ts';
import { median, print, round } from './lib/report.ts';

const RUNS = 2_000;
const ROUNDS = 5;
const LATENCY_RUNS = 200;

/** start, eight templates without a reference, end: ten nodes that do next to nothing. */
const steps = Array.from({ length: 8 }, (_, index) => `n${index}`);
const chain = ['start', ...steps, 'end'];
const definition: WorkflowDefinition = {
  name: 'ten no-op nodes',
  nodes: [
    { id: 'start', type: 'start' },
    ...steps.map((id) => ({ id, type: 'template' as const, template: '' })),
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: chain.slice(1).map((to, index) => ({ from: chain[index] ?? 'start', to })),
};

const { folder, service } = await openEngine(64);
await service.recover();

async function start() {
  const started = await service.start({
    tenantId: 'bench',
    workflowId: 'wf_bench',
    userId: 'bench',
    definition,
    inputs: {},
    priority: 5,
    timeoutMs: 60_000,
    onDisconnect: 'continue',
    disconnectGraceMs: 0,
  });
  if (started.outcome !== 'created') throw new Error('the run was not created');
  return started.run;
}

async function throughput() {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const finished = Array.from({ length: RUNS }, async () =>
    service.result(await start(), new AbortController().signal),
  );
  for (const { state } of await Promise.all(finished)) if (state !== 'succeeded') throw new Error(state);
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: RUNS / ((performance.now() - begun) / 1000), cpuUs: (user + system) / RUNS };
}

async function firstEventMs(): Promise<number> {
  const begun = performance.now();
  const run = await start();
  for await (const _ of service.follow(run, 0, (stored) => stored.seq)) {
    const elapsed = performance.now() - begun;
    await service.result(run, new AbortController().signal);
    return elapsed;
  }
  throw new Error('the run had no event');
}

await throughput();
const rounds = [];
for (let index = 0; index < ROUNDS; index++) rounds.push(await throughput());
const latencies: number[] = [];
for (let index = 0; index < LATENCY_RUNS; index++) latencies.push(await firstEventMs());

const perSecond = median(rounds.map((round) => round.perSecond));
const p50 = median(latencies);
print({
  bench: 'engine',
  method: `Runs of ten no-op nodes on SQLite (WAL, synchronous=NORMAL), ${RUNS} at once over 64 workers, ${ROUNDS} rounds after one to warm up, medians. First event: ${LATENCY_RUNS} runs one by one, from start() to a follower's first event.`,
  rows: [
    { figure: 'runs per second', value: Math.round(perSecond) },
    { figure: 'CPU µs per run', value: Math.round(median(rounds.map((round) => round.cpuUs))) },
    { figure: 'CPU µs per node', value: round(median(rounds.map((round) => round.cpuUs)) / 10) },
    { figure: 'start to first event, p50 ms', value: round(p50) },
    {
      figure: 'start to first event, p95 ms',
      value: round([...latencies].sort((a, b) => a - b)[Math.floor(LATENCY_RUNS * 0.95)] ?? 0),
    },
  ],
  promises: [
    { what: 'ten-node runs per second, at least 500', value: perSecond, kept: perSecond >= 500 },
    { what: 'ms from start to first event at p50, under 10', value: p50, kept: p50 < 10 },
  ],
});
await rm(folder, { recursive: true, force: true });
process.exit();
