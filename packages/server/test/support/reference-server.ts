import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../../src/observability/logger.ts';
import { openReferenceServer } from '../../src/reference-server.ts';
import { readSettings } from '../../src/settings.ts';

export const DEV_KEY = 'fw_test-key-of-the-dev-tenant';

type Environment = Readonly<Record<string, string>>;

/** Tests send more requests a minute than the limits allow; those that are about a limit set it. */
const NO_RATE_LIMITS: Environment = {
  FLOWWIRE_RATE_LIMIT: 'off',
  FLOWWIRE_MANDAS_RATE_LIMIT: 'off',
  FLOWWIRE_ADDRESS_RATE_LIMIT: 'off',
  FLOWWIRE_LOGIN_RATE_LIMIT: 'off',
};

/** A folder of its own for one server's data, removed by `remove`. */
export async function dataFolder() {
  const path = await mkdtemp(join(tmpdir(), 'flowwire-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A reference server in this process, on a free port, with a data folder of its own. */
export async function openTestServer(environment: Environment = {}) {
  const folder = await dataFolder();
  const logged: string[] = [];
  const settings = readSettings({
    PORT: '0',
    FLOWWIRE_DEV_KEY: DEV_KEY,
    FLOWWIRE_DATA_DIR: folder.path,
    FLOWWIRE_DRAIN_TIMEOUT_MS: '2000',
    ...NO_RATE_LIMITS,
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    ...environment,
  });
  const server = await openReferenceServer(
    settings,
    createLogger(settings.logLevel, { write: (line) => void logged.push(line) }),
  );
  return {
    url: server.url,
    key: DEV_KEY,
    dataFolder: folder.path,
    /** What the server logged, one JSON line each. */
    logged,
    async close() {
      await server.close();
      await folder.remove();
    },
  };
}

export type TestServer = Awaited<ReturnType<typeof openTestServer>>;

/** The built server. */
export const BUNDLE = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * The built server in a process of its own, as `npm start` runs it, for tests that kill it. With
 * `maxFileKiB` no file of it can grow beyond that: writes fail as on a full disk.
 */
export async function spawnServer(environment: Environment, maxFileKiB?: number) {
  const limit = maxFileKiB === undefined ? '' : `trap '' XFSZ; ulimit -f ${maxFileKiB};`;
  const child = spawn(
    'bash',
    ['-c', `${limit} exec "$0" --enable-source-maps "$1"`, process.execPath, BUNDLE],
    {
      env: {
        PATH: process.env.PATH ?? '',
        FLOWWIRE_DEV_KEY: DEV_KEY,
        ...NO_RATE_LIMITS,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const stderr: string[] = [];
  child.stderr.on('data', (text: Buffer) => stderr.push(text.toString()));
  const printed = await bannerOf(child, stderr);
  const exited = once(child, 'exit');
  return {
    url: /listens on (\S+)/.exec(printed)?.[1] ?? '',
    printed,
    stderr,
    /** Resolves when the log has this text. */
    async logged(text: string): Promise<void> {
      while (!stderr.join('').includes(text)) await once(child.stderr, 'data');
    },
    /** Sends the signal; resolves with the exit code when the process is gone. */
    async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
      child.kill(signal);
      const [code]: unknown[] = await exited;
      return typeof code === 'number' ? code : null;
    },
  };
}

async function bannerOf(child: ChildProcess, stderr: readonly string[]): Promise<string> {
  if (!child.stdout) throw new Error('the server has no output');
  let printed = '';
  for await (const line of createInterface({ input: child.stdout })) {
    printed += `${line}\n`;
    if (line.includes("-d '")) return printed;
  }
  throw new Error(`the server did not start:\n${printed}${stderr.join('')}`);
}
