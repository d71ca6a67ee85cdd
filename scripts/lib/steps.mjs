// Set-up that `npm start`, `npm test` and the others share. Node's own modules only: on a fresh clone
// nothing else is there yet.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STAMPS = join(ROOT, 'node_modules/.cache/flowwire');

/** Runs a command in the repository; rejects with a short message when it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new StepError(`${command} ${args.join(' ')} ended with ${signal ?? code}`));
    });
  });
}

/** A command of an installed package. Not through npx, which repeats npm's warnings each time. */
export const BIN = (name) => join(ROOT, 'node_modules/.bin', name);

/** A step that failed and has said why: no stack is printed. */
export class StepError extends Error {}

/** Prints what goes on and how long it took. */
export async function step(title, work) {
  const started = performance.now();
  process.stdout.write(`• ${title} ...\n`);
  await work();
  process.stdout.write(`✓ ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
}

/** Runs a script's main function; a failed step ends the process with 1. */
export async function main(work) {
  try {
    checkNode();
    await work();
  } catch (error) {
    process.stderr.write(error instanceof StepError ? `✗ ${error.message}\n` : `✗ ${error.stack}\n`);
    process.exitCode = 1;
  }
}

// Not npm's engine-strict: some packages of which only a file is used declare a newer Node than that needs.
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new StepError(`Node.js 20.19 or later is needed; this is ${process.version}.`);
}

async function* filesIn(path) {
  const absolute = join(ROOT, path);
  if (!existsSync(absolute)) return;
  const entries = await readdir(absolute, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (!entries) {
    yield absolute;
    return;
  }
  for (const entry of entries) if (entry.isFile()) yield join(entry.parentPath ?? entry.path, entry.name);
}

async function digestOf(paths) {
  const files = [];
  for (const path of paths) for await (const file of filesIn(path)) files.push(file);
  const hash = createHash('sha256').update(process.version);
  for (const file of files.sort()) {
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Does `work` unless `outputs` exist and none of `inputs` has changed since it was last done. */
async function whenStale({ name, title, inputs, outputs, work }) {
  const stamp = join(STAMPS, name);
  const digest = await digestOf(inputs);
  const done = existsSync(stamp) && (await readFile(stamp, 'utf8')) === digest;
  if (done && outputs.every((path) => existsSync(join(ROOT, path)))) return;
  await step(title, work);
  await mkdir(STAMPS, { recursive: true });
  await writeFile(stamp, digest);
}

export const ensureInstalled = () =>
  whenStale({
    name: 'installed',
    title: 'Installing dependencies (a few minutes the first time: SQLite is compiled)',
    inputs: ['package-lock.json'],
    outputs: ['node_modules'],
    // Not `npm ci`: it refuses a lock file that lacks other platforms' optional binaries, and a registry
    // that does not carry those leaves them out. The versions are the lock file's all the same.
    work: () => run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel', 'error']),
  });

/** Runs a `flowwire` command from source. */
export const flowwire = (...args) =>
  run(process.execPath, ['--conditions=@flowwire/source', '--import', 'tsx', 'codegen/src/cli.ts', ...args]);

const EXAMPLE = 'examples/your-own-api';
const EXAMPLE_CONFIG = `${EXAMPLE}/flowwire.config.json`;
const EXAMPLE_DOCUMENTS = [EXAMPLE_CONFIG, `${EXAMPLE}/openapi.yaml`, `${EXAMPLE}/asyncapi.yaml`];

/** Writes what is published of the engine's node types: schemas into our documents, a page; or checks them. */
const publishNodes = (...args) =>
  run(process.execPath, [
    '--conditions=@flowwire/source',
    '--import',
    'tsx',
    'packages/engine/src/nodes/publish.ts',
    ...args,
  ]);

/** Generates what our documents and those of the example describe. */
export async function generate(...args) {
  await publishNodes();
  await flowwire('generate', ...args);
  await flowwire('generate', '--config', EXAMPLE_CONFIG, ...args);
}

/** Fails when a generated file is stale. */
export async function checkGenerated() {
  await publishNodes('--check');
  await flowwire('check');
  await flowwire('check', '--config', EXAMPLE_CONFIG);
}

export const ensureGenerated = () =>
  whenStale({
    name: 'generated',
    title: 'Generating types, validators and contracts from specs/',
    inputs: [
      'specs',
      'packages/engine/src/nodes',
      'codegen/src',
      'flowwire.config.json',
      ...EXAMPLE_DOCUMENTS,
    ],
    outputs: [
      'packages/contract/src/generated',
      'packages/engine/src/definition/generated',
      `${EXAMPLE}/src/generated`,
    ],
    work: () => generate(),
  });

/** The documentation that the server shows at /docs. */
export const ensureDocs = () =>
  whenStale({
    name: 'docs',
    title: 'Building the documentation',
    inputs: ['specs', 'codegen/src/docs', 'flowwire.config.json', 'package-lock.json'],
    outputs: ['packages/server/dist/docs/index.html'],
    work: () => buildDocs(),
  });

/** `/` as the server: operations are tried on the one that shows the page. */
export const buildDocs = (...args) =>
  flowwire(
    'docs',
    '--out',
    'packages/server/dist/docs',
    '--title',
    'flowwire',
    '--client',
    '@flowwire/client',
    '--server',
    '/',
    ...args,
  );

export const ensureServerBuilt = () =>
  whenStale({
    name: 'server',
    title: 'Building the server',
    inputs: ['packages/contract/src', 'packages/koa/src', 'packages/engine/src', 'packages/server/src'],
    outputs: ['packages/server/dist/main.js'],
    work: buildServer,
  });

/** One bundle of our own code; the dependencies stay in node_modules. */
async function buildServer() {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: 'packages/server/src/main.ts',
      // Threads are files of their own.
      'javascript-worker': 'packages/engine/src/nodes/code/javascript-worker.js',
      'python-worker': 'packages/engine/src/nodes/code/python-worker.js',
      'python-image-worker': 'packages/engine/src/nodes/code/python-image-worker.js',
    },
    outdir: 'packages/server/dist',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    conditions: ['@flowwire/source'],
    plugins: [externalExceptOurs],
    logLevel: 'warning',
  });
}

const externalExceptOurs = {
  name: 'external-except-ours',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@flowwire/') ? undefined : { path, external: true },
    );
  },
};
