// `npm test`: sets up what is missing or stale, then runs every test. Arguments go to vitest.
import { ensureGenerated, ensureInstalled, ensureServerBuilt, main, run } from './lib/steps.mjs';

await main(async () => {
  await ensureInstalled();
  await ensureGenerated();
  await ensureServerBuilt();
  await run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=./scripts/lib/summary-reporter.mjs',
    ...process.argv.slice(2),
  ]);
});
