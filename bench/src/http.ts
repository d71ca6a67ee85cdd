import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadApi } from '@flowwire/codegen';
import { type ServerChild, startServer } from './lib/child.ts';
import { CONTRACTS, prepareSubjects, type Subject } from './lib/http-subjects.ts';
import { load } from './lib/load.ts';
import type { PeerRoute } from './lib/peer-routes.ts';
import { median, print, round } from './lib/report.ts';

const ROUNDS = 5;
/** About half of what the slowest of the three can do here. */
const SPEEDS = {
  read: { requests: 4_000, perSecond: 2_000 },
  write: { requests: 1_000, perSecond: 500 },
} as const;
const SERVERS = ['koa', 'fastify', 'ours'] as const;

const ours = await startServer('reference');
const headers = { authorization: `Bearer ${ours.ready.key}` };
const subjects = await prepareSubjects(ours.url, ours.ready.key ?? '');
const folder = await mkdtemp(join(tmpdir(), 'flowwire-bench-'));
const routes = join(folder, 'routes.json');
await writeFile(routes, JSON.stringify(await peerRoutes()));
const servers = {
  ours,
  koa: await startServer('bare-koa', [routes]),
  fastify: await startServer('bare-fastify', [routes]),
};

/** The peers' routes: all of the APIs, and for those that are measured what our server answers. */
async function peerRoutes(): Promise<readonly PeerRoute[]> {
  const measured = new Map<string, PeerRoute>();
  for (const subject of subjects) {
    const { api, operationId, method, path, body } = subject;
    const answer = await fetch(`${ours.url}${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const schema = await bodySchema(subject);
    measured.set(`${api} ${operationId}`, {
      method,
      path,
      status: answer.status,
      body: await answer.json(),
      ...(schema && { schema }),
    });
  }
  return CONTRACTS.flatMap(({ name, operations }) =>
    Object.values(operations).map(({ operationId, method, path }) => ({
      status: 200,
      body: {},
      ...measured.get(`${name} ${operationId}`),
      method,
      path: path.replaceAll(/\{([^}]*)\}/g, ':$1'),
    })),
  );
}

/** The schema of a subject's body with all that it refers to; undefined without a body. */
async function bodySchema({ api, operationId }: Subject): Promise<object | undefined> {
  const specs = fileURLToPath(new URL(`../../specs/${api}`, import.meta.url));
  const hasStreams = api !== 'identity';
  const { model } = await loadApi({
    openapi: `${specs}/openapi.yaml`,
    ...(hasStreams && { asyncapi: `${specs}/asyncapi.yaml` }),
    out: api,
  });
  const operation = model.operations.find((one) => one.operationId === operationId);
  const name = operation?.body?.content[0]?.schema;
  if (name === undefined) return undefined;
  const schemas = Object.fromEntries(model.schemas.map((one) => [one.name, one.schema]));
  return { $ref: `#/components/schemas/${name}`, components: { schemas } };
}

async function cpuPerRequest(server: ServerChild, { kind, method, path, body }: Subject): Promise<number> {
  const { requests, perSecond } = SPEEDS[kind];
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const before = await server.cpuUs();
  await load({ method, url: `${server.url}${path}`, headers, ...text }, requests, perSecond);
  return ((await server.cpuUs()) - before) / requests;
}

/** CPU microseconds per request of each server, interleaved, after a round that is not counted. */
async function measure(subject: Subject): Promise<Record<(typeof SERVERS)[number], number>> {
  const figures: Record<(typeof SERVERS)[number], number[]> = { koa: [], fastify: [], ours: [] };
  for (let index = -1; index < ROUNDS; index++) {
    for (const name of SERVERS) {
      const us = await cpuPerRequest(servers[name], subject);
      if (index >= 0) figures[name].push(us);
    }
  }
  return { koa: median(figures.koa), fastify: median(figures.fastify), ours: median(figures.ours) };
}

const rows = [];
const ratios: Record<Subject['kind'], number[]> = { read: [], write: [] };
for (const subject of subjects) {
  const { koa, fastify, ours: us } = await measure(subject);
  ratios[subject.kind].push(us / koa);
  rows.push({
    api: subject.api,
    kind: subject.kind,
    operation: subject.operationId,
    'koa µs': round(koa),
    'fastify µs': round(fastify),
    'flowwire µs': round(us),
    'times koa': round(us / koa),
    'times fastify': round(us / fastify),
  });
}
await Promise.all(Object.values(servers).map((server) => server.stop()));
await rm(folder, { recursive: true });

const firstRead = ratios.read[0] ?? Number.NaN;
print({
  bench: 'http',
  method: `CPU of the server process, bundled as it is shipped, per request over 50 connections, ${ROUNDS} interleaved rounds, medians: reads ${SPEEDS.read.requests} at ${SPEEDS.read.perSecond} a second, writes ${SPEEDS.write.requests} at ${SPEEDS.write.perSecond}. Ours looks the key up, counts it against its limits, validates, and reads or writes SQLite. The peers have the same routes and no store: koa with @koa/router parses bodies, Fastify validates them with Ajv.`,
  rows,
  promises: [
    {
      what: 'reading a workflow, times bare koa + @koa/router, at most 2',
      value: firstRead,
      kept: firstRead <= 2,
    },
  ],
});
