// `npm run check`: everything that can be wrong without running a test.
import { buildPackages, PUBLISHED } from './build.mjs';
import { ensureInstalled, generate, main, run, step } from './lib/steps.mjs';

await main(async () => {
  await ensureInstalled();
  await step('Generated code is fresh', () => generate(['--check']));
  await step('Lint, format and dependency directions', () =>
    run('npx', ['biome', 'ci', '--colors=off', '--error-on-warnings', '.']),
  );
  await step('No dead code, no unused dependency', () =>
    run('npx', ['knip', '--no-progress', '--no-config-hints']),
  );
  await step('Types, TypeScript 5.9', () => run('npx', ['tsc', '--build']));
  await step('Types, TypeScript 7', () =>
    run(process.execPath, ['node_modules/typescript7/bin/tsc', '--build']),
  );
  await buildPackages();
  await step('Published packages', async () => {
    for (const dir of PUBLISHED) {
      await run('npx', ['publint', '--strict', dir]);
      await run('npx', ['attw', '--pack', dir, '--profile', 'esm-only', '--quiet']);
    }
  });
});
