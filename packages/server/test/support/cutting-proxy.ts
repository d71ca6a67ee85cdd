import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** When a connection breaks: after so many bytes of either side, the last frame cut short. */
export interface Cut {
  readonly fromServer: number;
  readonly fromClient: number;
}

/**
 * Stands between clients and a server on this machine, and breaks their connections: the first as the first
 * cut says, and so on; those after the last cut live.
 */
export async function startCuttingProxy(
  port: number,
  cuts: readonly Cut[],
): Promise<{ readonly url: string }> {
  const open = new Set<Socket>();
  const left = [...cuts];
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    const { fromServer = Infinity, fromClient = Infinity } = left.shift() ?? {};
    const end = () => {
      for (const socket of [client, server]) socket.destroy();
    };
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', end).on('close', () => {
        open.delete(socket);
        end();
      });
    }
    forward(client, server, fromClient, end);
    forward(server, client, fromServer, end);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  const address = proxy.address() as AddressInfo; // It listens on TCP.
  return { url: `http://127.0.0.1:${address.port}` };
}

function forward(from: Socket, to: Socket, bytes: number, end: () => void): void {
  let left = bytes;
  from.on('data', (chunk) => {
    to.write(chunk.subarray(0, Math.max(0, left)), () => {
      if (left <= 0) end();
    });
    left -= chunk.length;
  });
}
