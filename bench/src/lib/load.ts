import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * Sends `count` GET requests over `connections` kept connections, each with one request at a time; throws on
 * an answer that is not 200. Raw sockets: a client as costly as the server would be what is measured.
 */
export async function load(
  url: string,
  headers: Readonly<Record<string, string>>,
  count: number,
  connections = 50,
): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const lines = Object.entries({ host: hostname, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let left = count;
  const worker = async () => {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    await exchange(socket, request, () => left-- > 0);
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

/** Sends the request again and again, each time after its answer, while `next` says so. */
function exchange(socket: Socket, request: Buffer, next: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    const send = () => {
      if (next()) socket.write(request);
      else resolve();
    };
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end === -1) return;
      if (!received.startsWith('HTTP/1.1 200')) return reject(new Error(received.slice(0, end)));
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < end + 4 + length) return;
      received = '';
      send();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    send();
  });
}
