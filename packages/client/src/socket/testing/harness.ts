import type { SocketOptions } from '@flowwire/contract';
import { afterEach, beforeEach } from 'vitest';
import { WebSocket } from 'ws';
import { ApiError } from '../../errors.ts';
import type { ClientOptions } from '../../options.ts';
import { createRooms, type Room, type RoomClient, type RoomEvent } from './room.ts';
import { type Peer, startSocketServer } from './server.ts';

type Server = Awaited<ReturnType<typeof startSocketServer>>;

interface Served {
  readonly server: Server;
  /** Takes another server in the place of this one. */
  renew(): Promise<void>;
  /** Closes these sockets when the test is over. */
  track(...sockets: readonly { close(): void }[]): void;
}

let current: Served | undefined;

function served(): Served {
  if (current === undefined) throw new Error('useSocketServer() comes first');
  return current;
}

/** Starts a server for each test. */
export function useSocketServer(): Served {
  const opened: { close(): void }[] = [];
  let server: Server | undefined;
  beforeEach(async () => {
    server = await startSocketServer();
  });
  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.close();
    await server?.close();
  });
  current = {
    get server() {
      if (server === undefined) throw new Error('there is a server in tests only');
      return server;
    },
    renew: async () => {
      await server?.close();
      server = await startSocketServer();
    },
    track: (...sockets) => void opened.push(...sockets),
  };
  return current;
}

export const client = (options: Partial<ClientOptions> = {}): RoomClient =>
  createRooms({ baseUrl: served().server.url, auth: 'secret', WebSocket, ...options });

export function open(options: SocketOptions = {}, given: Partial<ClientOptions> = {}): Room {
  const socket = client(given).room({ path: { id: 'r 1' } }, options);
  served().track(socket);
  return socket;
}

/** A socket with its connection, welcomed. */
export async function welcomed(
  options: SocketOptions = {},
  data?: object,
): Promise<{ socket: Room; peer: Peer }> {
  const socket = open(options);
  const peer = await served().server.connection();
  await peer.welcome(data);
  await socket.opened;
  return { socket, peer };
}

export async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    (value) => new Error(`expected a failure, not ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error('expected an ApiError', { cause: error });
  return error;
}

export async function take(messages: AsyncIterator<RoomEvent>, count: number): Promise<RoomEvent[]> {
  const taken: RoomEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await messages.next();
    if (done) throw new Error(`the socket ended after ${taken.length} messages`);
    taken.push(value);
  }
  return taken;
}

export const seqsOf = (messages: readonly RoomEvent[]): unknown[] =>
  messages.map((message) => ('seq' in message ? message.seq : message.type));
