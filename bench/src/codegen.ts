import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommand } from './lib/flowwire-command.ts';
import { ensurePeers, GITHUB, peerCommand, runOrThrow } from './lib/peers.ts';
import { median, print, round } from './lib/report.ts';

const ROUNDS = 5;
const ROOT = join(import.meta.dirname, '../..');

ensurePeers();
const folder = mkdtempSync(join(tmpdir(), 'flowwire-bench-'));
const command = await buildCommand(folder);

const bytesIn = (path: string): number => {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
};

interface Contestant {
  readonly name: string;
  readonly makes: string;
  /** Runs the generator once, into a path that does not exist. */
  readonly run: (out: string) => void;
}

const contestants: readonly Contestant[] = [
  {
    name: 'openapi-typescript 7.13.0',
    makes: 'types',
    run: (out) => void runOrThrow(peerCommand('openapi-typescript'), [GITHUB, '-o', `${out}.ts`], folder),
  },
  {
    name: 'flowwire',
    makes: 'types, validators, client, server contract',
    run: (out) =>
      void runOrThrow(process.execPath, [command, 'generate', '--openapi', GITHUB, '--out', out], ROOT),
  },
  {
    name: '@hey-api/openapi-ts 0.99.0',
    makes: 'types, client',
    run: (out) => void runOrThrow(peerCommand('openapi-ts'), ['-i', GITHUB, '-o', out], folder),
  },
  {
    name: 'orval 8.30.0',
    makes: 'types, client',
    run: (out) =>
      void runOrThrow(
        peerCommand('orval'),
        ['--input', GITHUB, '--output', `${out}.ts`, '--client', 'fetch'],
        folder,
      ),
  },
  {
    name: 'redocly generate-client 2.77.0',
    makes: 'types, client',
    run: (out) =>
      void runOrThrow(peerCommand('redocly'), ['generate-client', GITHUB, '-o', `${out}.ts`], folder),
  },
];

const seconds = (work: () => void): number => {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
};

const taken = new Map<string, number[]>();
const sizes = new Map<string, number>();
for (let turn = 0; turn < ROUNDS; turn++) {
  for (const { name, run } of contestants) {
    const out = join(folder, `out-${turn}-${name.replace(/\W+/g, '-')}`);
    taken.set(name, [...(taken.get(name) ?? []), seconds(() => run(out))]);
    for (const path of [out, `${out}.ts`]) {
      if (!statSync(path, { throwIfNoEntry: false })) continue;
      sizes.set(name, bytesIn(path));
      rmSync(path, { recursive: true });
    }
  }
}

/** Our own documents, all of flowwire.config.json: first anew, then again with nothing changed. */
const own = (...more: string[]): number =>
  seconds(() => void runOrThrow(process.execPath, [command, 'generate', ...more], ROOT));
const cold = Array.from({ length: ROUNDS }, () => own('--force'));
own();
const unchanged = Array.from({ length: ROUNDS }, () => own());
rmSync(folder, { recursive: true });

const secondsOf = (name: string): number => median(taken.get(name) ?? []);
const [baseline = '', ours = ''] = contestants.map(({ name }) => name);
const ratio = secondsOf(ours) / secondsOf(baseline);
print({
  bench: 'codegen',
  method: `GitHub's REST description (13 MB), ${ROUNDS} interleaved rounds of whole processes, medians of wall time.`,
  rows: [
    ...contestants.map(({ name, makes }) => ({
      generator: name,
      makes,
      seconds: round(secondsOf(name)),
      'of the baseline': round(secondsOf(name) / secondsOf(baseline)),
      'output MB': round((sizes.get(name) ?? 0) / 1e6),
    })),
    {
      generator: 'flowwire, its own documents',
      makes: 'all, anew',
      seconds: round(median(cold)),
      'of the baseline': '',
      'output MB': '',
    },
    {
      generator: 'flowwire, its own documents',
      makes: 'nothing changed',
      seconds: round(median(unchanged)),
      'of the baseline': '',
      'output MB': '',
    },
  ],
  promises: [
    { what: 'at most 1.3 times openapi-typescript alone', value: ratio, kept: ratio <= 1.3 },
    { what: 'own documents anew in under 3 s', value: median(cold), kept: median(cold) < 3 },
    {
      what: 'own documents unchanged in under 0.3 s',
      value: median(unchanged),
      kept: median(unchanged) < 0.3,
    },
  ],
});
