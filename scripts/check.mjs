// `npm run check`: everything that can be wrong without running a test.
import { buildPackages, PUBLISHED } from './build.mjs';
import { BIN, ensureInstalled, generate, main, run, StepError, step } from './lib/steps.mjs';

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
    ['Generated code is fresh', () => generate(['--check']), 'npm run generate writes it'],
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

async function checkPackages() {
  await buildPackages();
  for (const dir of PUBLISHED) {
    await run(BIN('publint'), ['--strict', dir]);
    await run(BIN('attw'), ['--pack', dir, '--profile', 'esm-only', '--quiet']);
  }
}
