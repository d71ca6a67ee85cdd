import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The folder of the peers' packages: no workspace, so that only these benchmarks pay for them. */
const PEERS = join(import.meta.dirname, '../../peers');

/** The description that all generators are given: GitHub's REST API, 13 MB of OpenAPI 3.0. */
export const GITHUB = createRequire(import.meta.resolve('@flowwire/codegen')).resolve(
  '@octokit/openapi/generated/api.github.com.json',
);

/** Installs the peers where that has not been done. */
export function ensurePeers(): void {
  if (existsSync(join(PEERS, 'node_modules/.package-lock.json'))) return;
  process.stderr.write('Installing the peers, once ...\n');
  runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error'], PEERS);
}

/** The path of a peer's command. */
export const peerCommand = (name: string): string => join(PEERS, 'node_modules/.bin', name);

export const PEER_MODULES = join(PEERS, 'node_modules');

/** Runs a command to its end. Throws with what it said when it fails. */
export function runOrThrow(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')} failed: ${error ?? stderr.slice(-2000)}${stdout.slice(0, 2000)}`,
  );
}
