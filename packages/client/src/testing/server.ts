import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Settles when the client has gone or the answer is complete. */
  readonly closed: Promise<unknown>;
}

export type Reply = (response: ServerResponse, request: Received) => void;

/** A real server on a free port that answers the first request with the first reply, and so on. */
export async function startServer(...replies: Reply[]) {
  const requests: Received[] = [];
  const waiting: ((request: Received) => void)[] = [];
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body, closed: once(response, 'close') };
    const reply = replies[requests.length] ?? status(500, { code: 'NOT_SCRIPTED' });
    requests.push(request);
    waiting.shift()?.(request);
    reply(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    /** The next request that comes. */
    nextRequest: () => new Promise<Received>((resolve) => waiting.push(resolve)),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export const status =
  (code: number, body?: unknown, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };

/** Answers nothing, not even a head. */
export const hang: Reply = () => {};

/** Breaks the connection before a head. */
export const drop: Reply = (response) => {
  response.destroy();
};

type Ending = 'end' | 'cut' | 'stay';

/** Sends an event stream in pieces, each written when the one before has left. */
export const stream =
  (pieces: string | readonly (string | Uint8Array)[], ending: Ending = 'end'): Reply =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    for (const piece of typeof pieces === 'string' ? [pieces] : pieces) {
      await new Promise((sent) => response.write(piece, sent));
    }
    if (ending === 'end') response.end();
    // A little later, or the reset would overtake what was sent.
    if (ending === 'cut') setTimeout(() => response.destroy(), 10);
  };

/** Events `from` to `to` of a run, without its end. Reconnects are fast. */
export const ticks = (from: number, to: number): string =>
  `retry: 1\n\n${Array.from({ length: to - from + 1 }, (_, index) => tick(from + index)).join('')}`;

export const tick = (seq: number): string => `id: ${seq}\ndata: {"event":"tick","seq":${seq}}\n\n`;
export const end = (seq: number): string => `id: ${seq}\ndata: {"event":"end","seq":${seq}}\n\n`;
export const DONE = 'data: [DONE]\n\n';
