import { createWorkflowExecution } from '@flowwire/client';
import { type ServerChild, startServer } from './lib/child.ts';
import { load } from './lib/load.ts';
import { median, print, round } from './lib/report.ts';

const ROUNDS = 7;
const REQUESTS = 8_000;
/** About half of what the slower of the two can do here. */
const PER_SECOND = 4_000;

const ours = await startServer('reference');
const headers = { authorization: `Bearer ${ours.ready.key}` };
const path = `/api/workflow/${await createWorkflow()}`;
const body = await (await fetch(`${ours.url}${path}`, { headers })).text();
const bare = await startServer('bare-koa', [body]);

/** A small workflow: what is measured is the server, not JSON. */
async function createWorkflow(): Promise<string> {
  const api = createWorkflowExecution({ baseUrl: ours.url, auth: ours.ready.key ?? '' });
  const nodes = [
    { id: 'start', type: 'start' as const },
    { id: 'end', type: 'end' as const, outputs: { text: '{{ start.text }}' } },
  ];
  const created = await api.createWorkflow({
    body: { name: 'echo', nodes, edges: [{ from: 'start', to: 'end' }] },
  });
  return created.id;
}

async function cpuPerRequest(server: ServerChild): Promise<number> {
  const before = await server.usage();
  await load(`${server.url}${path}`, headers, REQUESTS, PER_SECOND);
  const after = await server.usage();
  return (after.cpuUs - before.cpuUs) / REQUESTS;
}

const figures: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] };
for (let index = -1; index < ROUNDS; index++) {
  const bareUs = await cpuPerRequest(bare);
  const oursUs = await cpuPerRequest(ours);
  if (index < 0) continue;
  figures.bare.push(bareUs);
  figures.ours.push(oursUs);
}
await Promise.all([bare.stop(), ours.stop()]);

const ratio = median(figures.ours) / median(figures.bare);
print({
  bench: 'http',
  method: `GET of one workflow (${body.length} bytes of JSON): key looked up, request validated, one indexed read. CPU of the server process per request, ${ROUNDS} interleaved rounds of ${REQUESTS} requests at ${PER_SECOND} a second over 50 connections, medians.`,
  rows: [
    { server: 'koa + @koa/router', 'CPU µs per request': round(median(figures.bare)) },
    { server: 'flowwire reference server', 'CPU µs per request': round(median(figures.ours)) },
  ],
  promises: [{ what: 'times bare koa + @koa/router, at most 2', value: ratio, kept: ratio <= 2 }],
});
