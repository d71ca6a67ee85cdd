import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommand } from './lib/flowwire-command.ts';
import { type Call, githubCalls } from './lib/github-calls.ts';
import { ensurePeers, GITHUB, PEER_MODULES, peerCommand, runOrThrow } from './lib/peers.ts';
import { median, print, round } from './lib/report.ts';

const CALLS = 200;
const ROUNDS = 5;
const ROOT = join(import.meta.dirname, '../..');

interface Contestant {
  readonly name: string;
  /** Where the project finds its packages. */
  readonly modules: string;
  readonly generate: (folder: string) => void;
  readonly program: (calls: readonly Call[]) => string;
}

const literal = (value: unknown): string => JSON.stringify(value);

/** Each answer is used, as a program would: its type has to be worked out. */
const body = (calls: readonly Call[], call: (call: Call) => string): string =>
  calls.map((each, index) => `const r${index} = await ${call(each)};\nuse(r${index});`).join('\n');

ensurePeers();
// As they are published: declarations, not our source.
for (const name of ['contract', 'client'])
  runOrThrow(join(ROOT, 'node_modules/.bin/tsup'), ['--silent'], join(ROOT, 'packages', name));
const folder = mkdtempSync(join(tmpdir(), 'flowwire-bench-'));
const command = await buildCommand(folder);

const contestants: readonly Contestant[] = [
  {
    name: 'openapi-fetch 0.17.0',
    modules: PEER_MODULES,
    generate: (out) =>
      void runOrThrow(peerCommand('openapi-typescript'), [GITHUB, '-o', join(out, 'api.ts')], out),
    program: (calls) =>
      `import createClient from 'openapi-fetch';\nimport type { paths } from './api.js';\n` +
      `declare const use: (value: unknown) => void;\nconst client = createClient<paths>();\n` +
      body(
        calls,
        ({ path, parameters }) =>
          `client.GET(${literal(path)}, { params: { path: ${literal(parameters)} } })`,
      ),
  },
  {
    name: '@hey-api/openapi-ts 0.99.0',
    modules: PEER_MODULES,
    generate: (out) =>
      void runOrThrow(peerCommand('openapi-ts'), ['-i', GITHUB, '-o', join(out, 'api')], out),
    program: (calls) =>
      `import * as api from './api/index.js';\ndeclare const use: (value: unknown) => void;\n` +
      body(calls, (call) => `api.${call.method}({ path: ${literal(call.parameters)} })`),
  },
  {
    name: 'flowwire',
    modules: join(ROOT, 'node_modules'),
    generate: (out) =>
      void runOrThrow(
        process.execPath,
        [command, 'generate', '--openapi', GITHUB, '--out', join(out, 'github')],
        out,
      ),
    program: (calls) =>
      `import { createClient } from '@flowwire/client';\nimport { github } from './github/index.js';\n` +
      `declare const use: (value: unknown) => void;\nconst client = createClient(github, { baseUrl: '' });\n` +
      body(calls, (call) => `client.${call.method}({ path: ${literal(call.parameters)} })`),
  },
];

const CONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'Bundler',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    types: [],
    extendedDiagnostics: true,
  },
  files: ['program.ts'],
};

function prepare({ name, modules, generate, program }: Contestant, calls: readonly Call[]): string {
  const out = mkdtempSync(join(folder, `${name.replace(/\W+/g, '-')}-`));
  symlinkSync(modules, join(out, 'node_modules'));
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  writeFileSync(join(out, 'tsconfig.json'), JSON.stringify(CONFIG));
  generate(out);
  writeFileSync(join(out, 'program.ts'), `${program(calls)}\n`);
  return out;
}

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** Checks a project once; seconds of checking, and megabytes. */
function check(project: string): {
  readonly seconds: number;
  readonly megabytes: number;
  readonly instantiations: number;
} {
  const said = runOrThrow(process.execPath, [TSC, '-p', project], project);
  const figure = (label: string): number => {
    const [, value] = new RegExp(`^${label}:\\s+([\\d.]+)`, 'm').exec(said) ?? [];
    if (value === undefined) throw new Error(`tsc did not tell ${label}`);
    return Number(value);
  };
  return {
    seconds: figure('Check time'),
    megabytes: figure('Memory used') / 1024,
    instantiations: figure('Instantiations'),
  };
}

const calls = githubCalls(CALLS);
const projects = contestants.map((contestant) => ({ ...contestant, project: prepare(contestant, calls) }));
const results = new Map<string, ReturnType<typeof check>[]>();
for (let turn = 0; turn < ROUNDS; turn++)
  for (const { name, project } of projects) results.set(name, [...(results.get(name) ?? []), check(project)]);
rmSync(folder, { recursive: true });

const of = (name: string, figure: keyof ReturnType<typeof check>): number =>
  median((results.get(name) ?? []).map((result) => result[figure]));
const [fetchName = '', heyName = '', ours = ''] = contestants.map(({ name }) => name);
const ratio = (other: string, figure: 'seconds' | 'megabytes'): number =>
  of(ours, figure) / of(other, figure);
const promise = (what: string, value: number, limit: number) => ({ what, value, kept: value <= limit });
print({
  bench: 'types',
  method: `${CALLS} operations of GitHub's REST description, each called once; TypeScript 5.9, skipLibCheck, ${ROUNDS} interleaved rounds, medians.`,
  rows: contestants.map(({ name }) => ({
    client: name,
    'check s': round(of(name, 'seconds')),
    'memory MB': round(of(name, 'megabytes')),
    instantiations: of(name, 'instantiations'),
  })),
  promises: [
    promise("check time at most hey-api's (ratio)", ratio(heyName, 'seconds'), 1),
    promise("memory at most hey-api's (ratio)", ratio(heyName, 'megabytes'), 1),
    promise("check time at most half of openapi-fetch's (ratio)", ratio(fetchName, 'seconds'), 0.5),
    promise("memory at most half of openapi-fetch's (ratio)", ratio(fetchName, 'megabytes'), 0.5),
  ],
});
