import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a server and its database on this machine, and takes the database away and back. */
export async function startSwitchedProxy(target: { readonly host: string; readonly port: number }) {
  const open = new Set<Socket>();
  let isOn = true;
  const drop = () => {
    for (const socket of open) socket.destroy();
  };
  const proxy = createServer((client) => {
    if (!isOn) {
      client.destroy();
      return;
    }
    const server = connect(target);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(socket);
      socket
        .on('error', () => other.destroy())
        .on('close', () => {
          open.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    drop();
    proxy.close();
  });
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    /** Ends all connections, and every one that is tried from now on. */
    off() {
      isOn = false;
      drop();
    },
    on() {
      isOn = true;
    },
  };
}
