import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** In a server child: listens, reports the URL and answers the parent's questions. */
export async function serve(
  server: Server,
  ready: Readonly<Record<string, string>> = {},
  onMessage: (message: Readonly<Record<string, unknown>>) => void = () => {},
): Promise<void> {
  server.listen(0, '127.0.0.1', 20_000);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  report({ url: `http://127.0.0.1:${address.port}`, ...ready }, onMessage);
}

/** For a server that listens already. */
export function report(
  ready: Readonly<Record<string, string>>,
  onMessage: (message: Readonly<Record<string, unknown>>) => void = () => {},
): void {
  process.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null) return;
    const type = 'type' in message ? message.type : undefined;
    if (type === 'cpu') answerCpu();
    else if (type === 'memory') void answerMemory();
    else onMessage({ ...message });
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ type: 'ready', ...ready });
}

function answerCpu(): void {
  const { user, system } = process.cpuUsage();
  process.send?.({ type: 'cpu', cpuUs: user + system });
}

/** V8 gives what it has freed back to the operating system on a thread of its own, after the collection. */
const GIVING_BACK_MS = 1_000;

async function answerMemory(): Promise<void> {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  await pause(GIVING_BACK_MS);
  const { rss, heapTotal } = process.memoryUsage();
  process.send?.({ type: 'memory', resident: rss, inUse: rss - heapTotal + heapUsed });
}
