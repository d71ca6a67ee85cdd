import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, so that its load generator does not count. */
export interface ServerChild {
  readonly url: string;
  readonly ready: Readonly<Record<string, string>>;
  /** CPU microseconds, user and system, and resident bytes after a collection. */
  usage(): Promise<{ readonly cpuUs: number; readonly rss: number }>;
  send(message: Readonly<Record<string, unknown>>): void;
  stop(): Promise<void>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

async function message(child: ChildProcess, type: string): Promise<Record<string, unknown>> {
  for (;;) {
    const [said]: unknown[] = await once(child, 'message');
    if (isRecord(said) && said.type === type) return said;
  }
}

/** Starts `servers/NAME.ts`, which calls `serve`. */
export async function startServer(name: string, args: readonly string[] = []): Promise<ServerChild> {
  const file = fileURLToPath(new URL(`../servers/${name}.ts`, import.meta.url));
  const child = fork(file, args, { execArgv: process.execArgv });
  const ready: Record<string, string> = {};
  for (const [key, value] of Object.entries(await message(child, 'ready'))) ready[key] = String(value);
  return {
    url: ready.url ?? '',
    ready,
    async usage() {
      const answer = message(child, 'usage');
      child.send({ type: 'usage' });
      const { cpuUs, rss } = await answer;
      return { cpuUs: Number(cpuUs), rss: Number(rss) };
    },
    send: (said) => void child.send(said),
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
