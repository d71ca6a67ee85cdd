import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { bindSockets } from '../bind-sockets.ts';
import type { OpenedSocket, SocketConnection, SocketHandlers } from '../handlers.ts';
import type { ClosedSocketInfo, SocketServerOptions } from '../options.ts';
import { type RoomsChannels, roomsApi } from './rooms.ts';

export interface User {
  name: string;
}

export type RoomsHandlers = SocketHandlers<typeof roomsApi, User>;
export type RoomConnection = SocketConnection<RoomsChannels['room'], User>;
export type OpenedRoom = OpenedSocket<RoomsChannels['room'], User>;
export type Options = SocketServerOptions<RoomsChannels, User>;

export const READY = { epoch: 'e1', lastSeq: 0, heartbeatMs: 25_000 };

/** What a handler answers that does the simplest thing. */
export const plainRoom: OpenedRoom = {
  ready: READY,
  messages: {
    say: () => ({ type: 'ack' }),
    ask: () => ({ type: 'ack' }),
    look: () => {},
  },
};

export const plainHandlers: RoomsHandlers = {
  room: () => plainRoom,
  bare: () => ({ messages: { look: () => {} } }),
};

/** Tokens are the names of users; these may come in. */
const USERS: Readonly<Record<string, readonly string[]>> = { ada: ['READ'], bob: ['READ'], guest: [] };

export const options = (more: Partial<Options> = {}): Options => ({
  authenticate: async ({ token, scopes }) => {
    const held = USERS[token];
    if (held === undefined) return { ok: false, problem: 'unauthenticated' };
    const missing = scopes.filter((scope) => !held.includes(scope));
    return missing.length > 0
      ? { ok: false, problem: 'forbidden', missing }
      : { ok: true, context: { name: token } };
  },
  problem: ({ kind, message, findings }) => ({
    type: 'error',
    code: kind,
    message,
    ...(findings && { pointers: findings.map(({ pointer }) => pointer) }),
  }),
  onError: (error) => {
    throw error;
  },
  ...more,
});

type Frame = Readonly<Record<string, unknown>>;

/** A client by hand. */
export interface Client {
  readonly socket: WebSocket;
  next(): Promise<Frame>;
  send(...messages: unknown[]): void;
  /** Settles with the code and reason of the close. */
  readonly closed: Promise<[code: number, reason: string]>;
}

export interface Served {
  readonly port: number;
  readonly errors: unknown[];
  readonly closed: ClosedSocketInfo[];
  readonly sockets: ReturnType<typeof bindSockets>;
  /** Opens a connection without authenticating. */
  connect(path?: string, more?: ClientOptions): Promise<Client>;
  /** Opens a connection to a room as a user, and takes the greeting. */
  join(user?: string, path?: string): Promise<Client & { readonly ready: Frame }>;
  /** The answer to a request that should be refused: its status and body. */
  refused(
    path: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: string; head: string }>;
}

const ROOM = '/api/rooms/7/socket';

/** Serves the rooms API on a real server until the test is over. */
export async function serve(
  handlers: Partial<RoomsHandlers> = {},
  more: Partial<Options> = {},
): Promise<Served> {
  const errors: unknown[] = [];
  const closed: ClosedSocketInfo[] = [];
  const sockets = bindSockets(
    roomsApi,
    { ...plainHandlers, ...handlers },
    options({
      onError: (error) => errors.push(error),
      onClosed: (info) => closed.push(info),
      validateReplies: true,
      ...more,
    }),
  );
  const server = createServer((_request, response) => response.end('http'));
  server.on('upgrade', (request, socket, head) => {
    if (!sockets.handleUpgrade(request, socket, head)) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // It listens on TCP.
  const clients: WebSocket[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.terminate();
    await sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open: Served['connect'] = async (path = ROOM, given = {}) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, given);
    clients.push(socket);
    const client = createClient(socket);
    await once(socket, 'open');
    return client;
  };
  return {
    port,
    errors,
    closed,
    sockets,
    connect: open,
    join: async (user = 'ada', path = ROOM) => {
      const client = await open(path);
      client.send({ type: 'auth', token: `Bearer ${user}` });
      return Object.assign(client, { ready: await client.next() });
    },
    refused: (path, headers = {}) => ask(port, path, headers),
  };
}

function createClient(socket: WebSocket): Client {
  const frames: Frame[] = [];
  const takers: { resolve: (frame: Frame) => void; reject: (error: Error) => void }[] = [];
  const closed = new Promise<[number, string]>((resolve) => {
    socket.once('close', (code, reason) => {
      for (const { reject } of takers.splice(0)) reject(new Error(`closed: ${code}, ${String(reason)}`));
      resolve([code, String(reason)]);
    });
  });
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data));
    const taker = takers.shift();
    if (taker) taker.resolve(frame);
    else frames.push(frame);
  });
  return {
    socket,
    closed,
    next: () => {
      const frame = frames.shift();
      return frame
        ? Promise.resolve(frame)
        : new Promise((resolve, reject) => takers.push({ resolve, reject }));
    },
    send: (...messages) => {
      for (const message of messages)
        socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    },
  };
}

async function ask(port: number, path: string, headers: Readonly<Record<string, string>>) {
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body, head };
}
