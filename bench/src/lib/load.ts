import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CONNECTIONS = 50;
const TICK_MS = 5;
const MAX_MS = 60_000;

/** A request that is sent again and again. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
}

/**
 * Sends `count` requests over 50 kept connections at a steady rate; throws on an answer that is not of class 2.
 *
 * At a rate, so that both servers are compared under the same load: a server that is saturated writes to a
 * client that waits, which costs it more for each write than writing to one that is busy. Raw sockets, as a
 * client as costly as the server would be what is measured.
 */
export async function load(
  { method, url, headers, body = '' }: Request,
  count: number,
  perSecond: number,
): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const content = body && {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries({ host: hostname, ...headers, ...(content || {}) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const request = Buffer.from(`${method} ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);

  const idle: Socket[] = [];
  let failed: Error | undefined;
  const fail = (error: Error) => {
    failed ??= error;
  };
  for (let index = 0; index < CONNECTIONS; index++) {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    listen(socket, () => idle.push(socket), fail);
    idle.push(socket);
  }

  const begun = performance.now();
  for (let sent = 0; sent < count; ) {
    if (failed) throw failed;
    if (performance.now() - begun > MAX_MS) throw new Error(`not sent within ${MAX_MS} ms`);
    const due = Math.min(count, ((performance.now() - begun) / 1000) * perSecond);
    while (sent < due && idle.length > 0) {
      idle.pop()?.write(request);
      sent += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  while (idle.length < CONNECTIONS) {
    if (failed) throw failed;
    if (performance.now() - begun > MAX_MS) throw new Error(`no answer within ${MAX_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  for (const socket of idle) socket.destroy();
}

/** Calls `answered` for each whole answer of a connection. */
function listen(socket: Socket, answered: () => void, fail: (error: Error) => void): void {
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) return;
    if (!received.startsWith('HTTP/1.1 2')) return fail(new Error(received.slice(0, end)));
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
    if (received.length < end + 4 + length) return;
    received = '';
    answered();
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed a connection')));
}
