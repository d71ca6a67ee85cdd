import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BindOptions, bind, type InputFinding, type SecurityOptions } from '@flowwire/koa';
import Koa, { type Middleware } from 'koa';
import type { ApiPlan } from './api-plan.ts';
import { cors } from './cors.ts';
import { createHandler, type MockContext, type Pace } from './handlers.ts';
import { refusalFor } from './refusals.ts';
import { formatRequest } from './report.ts';
import { createRouting, type MountedApi } from './routing.ts';
import { serveSockets } from './socket-server.ts';

export interface ServerOptions extends Pace {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Told one line, or several, for each request. */
  readonly log: (text: string) => void;
}

/** A mock that listens. */
export interface MockServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Ends streams and sockets, lets answers that are under way go out, and closes. */
  stop(): Promise<void>;
}

/** What is gathered about a request while it is answered. */
interface Exchange {
  readonly findings: readonly InputFinding[];
  readonly notes: string[];
  /** Of a refusal that the document has no words for. */
  readonly mediaType?: string;
}

/** Answers that are still under way when the mock is stopped may take this long. */
const STOP_MS = 3_000;

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The requests under way by the `X-Request-Id` of their answers. */
type Exchanges = Map<string, Exchange>;

const admit = ({ headers }: MockContext): MockContext => ({ headers });

/** Whoever brings a credential is let in: that there is one is what a client can get wrong. */
const SECURITY: SecurityOptions<MockContext> = {
  authenticate: (credentials) => ({ ok: true, context: admit(credentials) }),
  anonymous: admit,
};

/** What a bound API asks the mock for. */
function bindOptions(
  { source, operations }: ApiPlan,
  exchanges: Exchanges,
  { log, draining }: MountOptions,
): BindOptions<MockContext> {
  return {
    ...SECURITY,
    problem(problem, operation, requestId) {
      const plan = operation && operations.get(operation.operationId);
      const { mediaType, ...refusal } = refusalFor(problem, plan, source.validators);
      const { findings = [], message } = problem;
      // A client that has gone already leaves nothing to be told.
      if (exchanges.has(requestId))
        exchanges.set(requestId, {
          findings,
          notes: findings.length > 0 ? [] : [message],
          ...(mediaType && { mediaType }),
        });
      return refusal;
    },
    onError(error, { requestId }) {
      exchanges.get(requestId)?.notes.push(error instanceof Error ? error.message : String(error));
    },
    onRequest(request) {
      const { findings, notes } = exchanges.get(request.requestId) ?? { findings: [], notes: [] };
      exchanges.delete(request.requestId);
      log(formatRequest(request, findings, notes));
    },
    prefix: '',
    draining,
  };
}

interface MountOptions extends Pace {
  readonly log: (text: string) => void;
  /** Aborts when the mock is stopped. */
  readonly draining: AbortSignal;
}

/** Makes one API answer as it is planned. */
function mount(plan: ApiPlan, exchanges: Exchanges, options: MountOptions): MountedApi {
  const { model, contract, source, operations } = plan;
  const handlers = Object.fromEntries([...operations].map(([id, one]) => [id, createHandler(one, options)]));
  const middleware = bind(contract, handlers, bindOptions(plan, exchanges, options));
  const paths = model.operations.flatMap(({ path, aliases }) => [path, ...aliases]);
  return { paths, basePaths: source.basePaths, middleware };
}

/** Hands a request to the API that it belongs to. */
function dispatch(apis: readonly MountedApi[], exchanges: Exchanges): Middleware {
  const route = createRouting(apis);
  return async (ctx, next) => {
    const found = route(ctx.path);
    if (!found) return next();
    ctx.path = found.path;
    const wanted = ctx.get('X-Request-Id');
    // Two requests of one id at once would be mixed up.
    const id = REQUEST_ID.test(wanted) && !exchanges.has(wanted) ? wanted : randomUUID();
    exchanges.set(id, { findings: [], notes: [] });
    ctx.set('X-Request-Id', id);
    await found.api.middleware(ctx, next);
    const mediaType = exchanges.get(id)?.mediaType;
    if (mediaType !== undefined && !ctx.res.headersSent) ctx.set('Content-Type', mediaType);
  };
}

const listen = (server: Server, { port, host }: ServerOptions): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no address'));
      else resolve(address);
    });
  });

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

/** Closes a server: idle connections at once, others when they are done or their time is over. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), STOP_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });

/** Serves the mocks of APIs. @throws Error as node:http does when the address is taken or not to be had. */
export async function startMock(plans: readonly ApiPlan[], options: ServerOptions): Promise<MockServer> {
  const drain = new AbortController();
  const exchanges: Exchanges = new Map();
  const apis = plans.map((plan) => mount(plan, exchanges, { ...options, draining: drain.signal }));
  const app = new Koa();
  app.silent = true;
  app.use(cors);
  app.use(dispatch(apis, exchanges));
  const server = createServer(app.callback());
  const closeSockets = serveSockets(server, plans, { ...options, ...SECURITY });
  const address = await listen(server, options);
  return {
    url: urlOf(address),
    async stop() {
      drain.abort();
      await closeSockets();
      await close(server);
    },
  };
}
