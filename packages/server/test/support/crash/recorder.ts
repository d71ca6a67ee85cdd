import { once } from 'node:events';
import { createServer } from 'node:http';
import { urlOfServer } from '../server-url.ts';

/** One request that a node sent. */
export interface Recorded {
  /** Its `Idempotency-Key`. */
  readonly key: string;
  /** Which node of which run it says that it is from, in the header `X-Node`. */
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A service that nodes call: it takes a moment for each answer and keeps what it was asked. */
export async function startRecorder() {
  const requests: Recorded[] = [];
  const server = createServer((request, response) => {
    const { 'idempotency-key': key, 'x-node': node } = request.headers;
    requests.push({ key: String(key), node: String(node), at: Date.now() });
    request.resume();
    const timer = setTimeout(() => response.end('done'), 20 + Math.random() * 60);
    response.once('close', () => clearTimeout(timer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: urlOfServer(server),
    requests: requests as readonly Recorded[],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
