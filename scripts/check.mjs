// `npm run check`: everything that can be wrong without running a test.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPackages, PUBLISHED } from './build.mjs';
import {
  BIN,
  checkGenerated,
  ensureInstalled,
  flowwire,
  main,
  ROOT,
  run,
  StepError,
  step,
} from './lib/steps.mjs';

/** Runs every step, so that one fault does not hide the others. */
async function runAll(steps) {
  const failed = [];
  for (const [title, work, advice] of steps) {
    try {
      await step(title, work);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      process.stdout.write(`✗ ${title}: ${error.message}\n`);
      failed.push(advice ? `${title} (${advice})` : title);
    }
  }
  if (failed.length > 0) throw new StepError(`failed: ${failed.join('; ')}`);
}

await main(async () => {
  await ensureInstalled();
  await runAll([
    ['Generated code is fresh', checkGenerated, 'npm run generate writes it'],
    [
      'Documents, examples and rules of the project',
      () => flowwire('lint', '--rules', 'flowwire', '--strict'),
    ],
    ['Documents, by Redocly', () => run(BIN('redocly'), ['lint', '--config', 'redocly.yaml'])],
    ['Documents, by Spectral', lintWithSpectral],
    [
      'Every fact of the source documents has its place',
      () => run(process.execPath, ['scripts/coverage.mjs', '--check']),
      'npm run coverage writes docs/coverage.md',
    ],
    [
      'Lint, format and dependency directions',
      () => run(BIN('biome'), ['ci', '--colors=off', '--error-on-warnings', '.']),
      'npm run format repairs what can be repaired',
    ],
    ['No dead code, no unused dependency', () => run(BIN('knip'), ['--no-progress', '--no-config-hints'])],
    ['Types, TypeScript 5.9', () => run(BIN('tsc'), ['--build'])],
    ['Types, TypeScript 7', () => run(process.execPath, ['node_modules/typescript7/bin/tsc', '--build'])],
    ['Published packages', checkPackages],
  ]);
});

/** One document at a time: of all together Spectral expands the shared schemas for minutes. */
async function lintWithSpectral() {
  for (const api of await readdir(join(ROOT, 'specs'))) {
    for (const name of ['openapi.yaml', 'asyncapi.yaml']) {
      const document = join('specs', api, name);
      if (!existsSync(join(ROOT, document))) continue;
      await run(BIN('spectral'), [
        'lint',
        document,
        '--ruleset=.spectral.yaml',
        '--fail-severity=hint',
        '--quiet',
      ]);
    }
  }
}

async function checkPackages() {
  await buildPackages();
  for (const dir of PUBLISHED) {
    await run(BIN('publint'), ['--strict', dir]);
    await run(BIN('attw'), ['--pack', dir, '--profile', 'esm-only', '--quiet']);
  }
}
