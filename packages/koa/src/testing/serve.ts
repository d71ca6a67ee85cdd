import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Koa, { type Middleware } from 'koa';
import { onTestFinished } from 'vitest';
import { type BindOptions, bind, type Handlers, type RequestInfo } from '../index.ts';
import { type NotesOperations, notesApi } from './notes.ts';

export interface User {
  name: string;
}

export type NotesHandlers = Handlers<typeof notesApi, User>;

/** Handlers that answer the simplest thing. */
export const plainHandlers: NotesHandlers = {
  listNotes: async () => ({ status: 200, body: { notes: [] } }),
  recentNotes: async () => ({ status: 200, body: { notes: [{ id: 'recent', title: 'fixed word' }] } }),
  createNote: async ({ body }) => ({ status: 201, body: { id: 'n1', title: body.title } }),
  getNote: async ({ path }) => ({ status: 200, body: { id: path.id, title: 'a note' } }),
  deleteNote: async () => ({ status: 204 }),
  askNote: async () => ({ status: 200, body: { answer: '42' } }),
  watchNote: async () => ({ status: 404, body: { error: 'not_found', message: 'no such note' } }),
  health: async () => ({ status: 200, body: 'fine' }),
};

const SCOPES: Readonly<Record<string, readonly string[]>> = { reader: ['READ'], writer: ['READ', 'WRITE'] };

/** Tokens are the names of the users in SCOPES. */
export const options = (more: Partial<BindOptions<User>> = {}): BindOptions<User> => ({
  authenticate: async ({ token, scopes }) => {
    const held = SCOPES[token];
    if (held === undefined) return { ok: false, problem: 'unauthenticated' };
    const missing = scopes.filter((scope) => !held.includes(scope));
    if (missing.length > 0) return { ok: false, problem: 'forbidden', missing };
    return { ok: true, context: { name: token }, headers: { 'X-RateLimit-Limit': '100' } };
  },
  anonymous: () => ({ name: 'anonymous' }),
  problem: ({ kind, status, message, findings }) => ({
    status,
    body: { error: kind, message, ...(findings && { fields: findings }) },
  }),
  onError: (error) => {
    throw error;
  },
  ...more,
});

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Running {
  readonly server: Server;
  readonly port: number;
  readonly errors: unknown[];
  readonly requests: RequestInfo[];
  /** Sends a request as the user `writer` and reads the whole answer. */
  send(
    method: string,
    path: string,
    sent?: { headers?: Record<string, string>; body?: string | Buffer },
  ): Promise<Answered>;
}

/** Serves middlewares on a real socket until the test is over. */
export const listen = async (...middlewares: Middleware[]): Promise<Omit<Running, 'errors' | 'requests'>> => {
  const app = new Koa();
  // Otherwise Koa prints an error for each client that goes away.
  app.silent = true;
  for (const middleware of middlewares) app.use(middleware);
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo; // It listens on TCP.

  const send: Running['send'] = async (method, path, { headers, body } = {}) => {
    const sent = request({
      port,
      host: '127.0.0.1',
      method,
      path,
      agent: false,
      headers: { authorization: 'Bearer writer', ...headers },
    });
    sent.end(body);
    const [response] = await once(sent, 'response');
    // An answered request may still be sending its body when the test ends.
    sent.on('error', () => undefined);
    return { status: response.statusCode, headers: response.headers, text: await text(response) };
  };
  return { server, port, send };
};

/** Serves the notes API. */
export const serve = async (
  handlers: Partial<NotesHandlers> = {},
  more: Partial<BindOptions<User>> = {},
): Promise<Running> => {
  const errors: unknown[] = [];
  const requests: RequestInfo[] = [];
  const api = bind<NotesOperations, User>(
    notesApi,
    { ...plainHandlers, ...handlers },
    options({
      onError: (error) => errors.push(error),
      onRequest: (info) => requests.push(info),
      ...more,
    }),
  );
  const running = await listen(api, (ctx) => {
    ctx.body = 'the next middleware';
  });
  return { ...running, errors, requests };
};
