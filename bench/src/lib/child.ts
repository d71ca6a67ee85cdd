import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

/** A server in a process of its own, so that its load generator does not count. */
export interface ServerChild {
  readonly url: string;
  readonly ready: Readonly<Record<string, string>>;
  /** CPU microseconds since the start, user and system. */
  cpuUs(): Promise<number>;
  /** Bytes after a collection. The collection itself costs CPU, so it is no part of a round that is measured. */
  memory(): Promise<Memory>;
  send(message: Readonly<Record<string, unknown>>): void;
  stop(): Promise<void>;
}

export interface Memory {
  /** What the operating system says: with what V8 has freed and keeps for later. */
  readonly resident: number;
  /** Resident, without what V8 keeps free. */
  readonly inUse: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

async function message(child: ChildProcess, type: string): Promise<Record<string, unknown>> {
  for (;;) {
    const [said]: unknown[] = await once(child, 'message');
    if (isRecord(said) && said.type === type) return said;
  }
}

const ROOT = join(import.meta.dirname, '../../..');
/** Beside the server's own bundle, as it looks for samples and documents from there. */
const BUNDLES = join(ROOT, 'packages/server/dist/bench');

/** Bundles and starts `servers/NAME.ts`, which calls `serve`. */
export async function startServer(name: string, args: readonly string[] = []): Promise<ServerChild> {
  const outfile = `${BUNDLES}-${name}.js`;
  await bundle({ entryPoints: [join(ROOT, `bench/src/servers/${name}.ts`)], outfile });
  const child = fork(outfile, args, { execArgv: ['--expose-gc'] });
  const ready: Record<string, string> = {};
  for (const [key, value] of Object.entries(await message(child, 'ready'))) ready[key] = String(value);
  const ask = (type: string) => {
    const answer = message(child, type);
    child.send({ type });
    return answer;
  };
  return {
    url: ready.url ?? '',
    ready,
    async cpuUs() {
      return Number((await ask('cpu')).cpuUs);
    },
    async memory() {
      const { resident, inUse } = await ask('memory');
      return { resident: Number(resident), inUse: Number(inUse) };
    },
    send: (said) => void child.send(said),
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
