import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

/** One connection to the server, as a test drives it. */
export interface Peer {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  /** What the client said so far that `next` has not taken. */
  readonly inbox: unknown[];
  /** The next frame of the client. Rejects when the connection closes before. */
  next(): Promise<Record<string, unknown>>;
  send(...messages: object[]): void;
  /** Takes the auth frame and answers it. */
  welcome(data?: object): Promise<Record<string, unknown>>;
  /** Breaks the connection without a closing handshake. */
  cut(): void;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** A real WebSocket server on a free port. Tests take its connections one by one. */
export async function startSocketServer() {
  const http = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true });
  const waiting: ((peer: Peer) => void)[] = [];
  const peers: Peer[] = [];
  const refusals: number[] = [];
  http.on('upgrade', (request, socket, head) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const peer = createPeer(request, ws);
      const taker = waiting.shift();
      if (taker) taker(peer);
      else peers.push(peer);
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Answers the next requests with these statuses. */
    refuse: (...statuses: number[]) => refusals.push(...statuses),
    /** The next connection. */
    connection: (): Promise<Peer> => {
      const peer = peers.shift();
      return peer ? Promise.resolve(peer) : new Promise((resolve) => waiting.push(resolve));
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function createPeer(request: IncomingMessage, socket: WebSocket): Peer {
  const inbox: Record<string, unknown>[] = [];
  const takers: { resolve: (frame: Record<string, unknown>) => void; reject: (error: Error) => void }[] = [];
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  socket.on('error', () => {});
  socket.on('message', (data: RawData) => {
    const frame = JSON.parse(String(data));
    const taker = takers.shift();
    if (taker) taker.resolve(frame);
    else inbox.push(frame);
  });
  void closed.then(() => {
    for (const { reject } of takers.splice(0)) reject(new Error('the connection closed'));
  });
  const peer: Peer = {
    request,
    socket,
    inbox,
    closed,
    next: () => {
      const frame = inbox.shift();
      return frame
        ? Promise.resolve(frame)
        : new Promise((resolve, reject) => takers.push({ resolve, reject }));
    },
    send: (...messages) => {
      for (const message of messages) socket.send(JSON.stringify(message));
    },
    welcome: async (data = { epoch: 'e1', lastSeq: 0, heartbeatMs: 10_000 }) => {
      const frame = await peer.next();
      peer.send({ type: 'auth.ok', data });
      return frame;
    },
    cut: () => socket.terminate(),
  };
  return peer;
}

export const said = (seq: number) => ({ type: 'said', text: `text ${seq}`, seq });
