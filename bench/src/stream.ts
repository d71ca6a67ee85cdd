import { Agent, request } from 'node:http';
import { type ServerChild, startServer } from './lib/child.ts';
import { median, print, round } from './lib/report.ts';

const CONNECTIONS = 100;
const EVENTS = 3_000;
const PER_TICK = 16;
const ROUNDS = 7;
const IDLE_CONNECTIONS = 10_000;

interface Follower {
  /** Resolves when `count` further events have come. */
  expect(count: number): Promise<void>;
  close(): void;
}

/** Counts events by their blank lines, without parsing: the server is what is measured. */
function follow(url: string, headers: Readonly<Record<string, string>>): Promise<Follower> {
  const agent = new Agent();
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent }, (response) => {
      let seen = 0;
      let wanted = Number.POSITIVE_INFINITY;
      let arrived: () => void = () => {};
      let newlineBefore = false;
      response.on('data', (chunk: Buffer) => {
        if (newlineBefore && chunk[0] === 10) seen += 1;
        for (let at = chunk.indexOf('\n\n'); at !== -1; at = chunk.indexOf('\n\n', at + 2)) seen += 1;
        newlineBefore = chunk[chunk.length - 1] === 10 && chunk[chunk.length - 2] !== 10;
        if (seen >= wanted) arrived();
      });
      resolve({
        expect: (count) =>
          new Promise((done) => {
            wanted = seen + count;
            arrived = done;
          }),
        close: () => sent.destroy(),
      });
    });
    sent.once('error', reject);
    sent.end();
  });
}

const followAll = async (count: number, url: string, headers: Readonly<Record<string, string>>) => {
  const followers: Follower[] = [];
  for (let index = 0; index < count; index += 50) {
    const some = Array.from({ length: Math.min(50, count - index) }, () => follow(url, headers));
    followers.push(...(await Promise.all(some)));
  }
  return followers;
};

const followUrl = ({ url, ready }: ServerChild) =>
  ready.runId === undefined ? url : `${url}/api/workflow/executions/${ready.runId}/events?last_event_id=`;
const authOf = ({ ready }: ServerChild) =>
  ready.key === undefined ? {} : { authorization: `Bearer ${ready.key}` };

async function fanOut(server: ServerChild, seqBefore: number): Promise<{ rate: number; cpuUs: number }> {
  const url = server.ready.runId === undefined ? server.url : `${followUrl(server)}${seqBefore}`;
  const followers = await followAll(CONNECTIONS, url, authOf(server));
  const before = await server.cpuUs();
  const started = performance.now();
  const all = Promise.all(followers.map((follower) => follower.expect(EVENTS)));
  server.send({ type: 'emit', events: EVENTS, perTick: PER_TICK });
  await all;
  const seconds = (performance.now() - started) / 1000;
  const after = await server.cpuUs();
  for (const follower of followers) follower.close();
  return {
    rate: (CONNECTIONS * EVENTS) / seconds,
    cpuUs: (after - before) / (CONNECTIONS * EVENTS),
  };
}

async function idleBytes(name: string): Promise<number> {
  const server = await startServer(name);
  const url = server.ready.runId === undefined ? server.url : `${followUrl(server)}0`;
  // A first hundred pays for what the process allocates once.
  await followAll(100, url, authOf(server));
  const before = await server.memory();
  await followAll(IDLE_CONNECTIONS, url, authOf(server));
  const after = await server.memory();
  await server.stop();
  return (after.resident - before.resident) / IDLE_CONNECTIONS;
}

const bare = await startServer('bare-stream');
const ours = await startServer('fan-out');
const rates: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] };
const cpu: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] };
for (let index = -1; index < ROUNDS; index++) {
  const floor = await fanOut(bare, 0);
  const own = await fanOut(ours, (index + 1) * EVENTS);
  if (index < 0) continue;
  rates.bare.push(floor.rate);
  rates.ours.push(own.rate);
  cpu.bare.push(floor.cpuUs);
  cpu.ours.push(own.cpuUs);
}
await Promise.all([bare.stop(), ours.stop()]);

const idle = { bare: await idleBytes('bare-stream'), ours: await idleBytes('fan-out') };
const ratio = median(rates.ours) / median(rates.bare);
print({
  bench: 'stream',
  method: `${EVENTS} events to ${CONNECTIONS} connections, ${PER_TICK} a tick, ${ROUNDS} interleaved rounds, medians; ours are committed to SQLite first. Idle: growth of resident memory over ${IDLE_CONNECTIONS} open streams, after a collection.`,
  rows: [
    {
      server: 'node:http, ready-made frames',
      'events/s': Math.round(median(rates.bare)),
      'CPU µs per event': round(median(cpu.bare)),
      'idle connection, kB': round(idle.bare / 1000),
    },
    {
      server: 'flowwire, log to follower',
      'events/s': Math.round(median(rates.ours)),
      'CPU µs per event': round(median(cpu.ours)),
      'idle connection, kB': round(idle.ours / 1000),
    },
  ],
  promises: [
    { what: 'of bare node:http, at least 0.6', value: ratio, kept: ratio >= 0.6 },
    { what: 'kB per idle connection, at most 16', value: idle.ours / 1000, kept: idle.ours <= 16_000 },
  ],
});
