import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  bind,
  bindSockets,
  type Handlers,
  type Problem,
  ProblemError,
  type SecurityOptions,
  type SocketHandlers,
  type StreamFrame,
} from '@flowwire/koa';
import Koa from 'koa';
import type { JobEvent } from './generated/index.js';
import { printShopServer } from './generated/server.js';
import { Shop } from './shop.ts';

const KEY = 'shop-secret';

const noSuchJob = (id: string): ProblemError => new ProblemError('not_found', `There is no job ${id}.`);

/** Numbers the events of a job, so that a client can come back and go on after the last one it saw. */
async function* frames(events: AsyncIterable<JobEvent>, seen: number): AsyncGenerator<StreamFrame<JobEvent>> {
  let id = seen;
  for await (const item of events) {
    id += 1;
    yield { id: String(id), item };
  }
}

/** One handler for each operation: the compiler asks for those that are missing. */
const operations = (shop: Shop): Handlers<typeof printShopServer, undefined> => ({
  listJobs: async ({ query }) => ({ status: 200, body: shop.list(query.status) }),
  submitJob: async ({ body }) => ({ status: 201, body: shop.submit(body) }),
  getJob: async ({ path }) => {
    const job = shop.find(path.jobId);
    if (!job) throw noSuchJob(path.jobId);
    return { status: 200, body: job };
  },
  followJob: async ({ path, headers, signal }) => {
    if (!shop.find(path.jobId)) throw noSuchJob(path.jobId);
    const seen = Number(headers['Last-Event-ID'] ?? 0);
    return { status: 200, stream: frames(shop.follow(path.jobId, seen, signal), seen) };
  },
});

/** One handler for each socket: it answers messages, and says what nobody asked for. */
const sockets = (shop: Shop): SocketHandlers<typeof printShopServer, undefined> => ({
  counter: () => ({
    messages: { ask_price: ({ pages, paper }) => ({ type: 'price', cents: shop.price(pages, paper) }) },
    subscribe: ({ signal }) => shop.printer(signal),
  }),
});

const security: SecurityOptions<undefined> = {
  authenticate: ({ token }) =>
    token === KEY ? { ok: true, context: undefined } : { ok: false, problem: 'unauthenticated' },
  anonymous: () => undefined,
};

/** How the API says that it refuses a request. */
const inOwnWords = ({ kind, status, message }: Problem) => ({ status, body: { code: kind, message } });

/** A shop that is open. */
export interface OpenShop {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the shop on a port; 0 is any that is free. */
export async function openShop(port: number, msPerPage = 400): Promise<OpenShop> {
  const shop = new Shop(msPerPage);
  const closing = new AbortController();
  const shared = { ...security, onError: console.error, draining: closing.signal };
  const app = new Koa();
  app.use(bind(printShopServer, operations(shop), { ...shared, problem: inOwnWords }));
  const counter = bindSockets(printShopServer, sockets(shop), {
    ...shared,
    problem: ({ message }) => ({ type: 'sorry' as const, message }),
  });

  const server = createServer(app.callback());
  server.on('upgrade', (request, socket, head) => {
    if (!counter.handleUpgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo; // It listens on TCP.
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      closing.abort();
      await counter.close();
      server.closeIdleConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const shop = await openShop(8090);
  console.log(`The print shop is open at ${shop.url}. Its key is ${KEY}. Ctrl+C closes it.`);
  process.once('SIGINT', () => void shop.close());
}
