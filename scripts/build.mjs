// `npm run build`: the packages that are published, with their declarations, and the server.
import { join } from 'node:path';
import {
  BIN,
  ensureGenerated,
  ensureInstalled,
  ensureServerBuilt,
  main,
  ROOT,
  run,
  step,
} from './lib/steps.mjs';

export const PUBLISHED = ['packages/contract', 'packages/client', 'packages/koa', 'codegen'];

export async function buildPackages() {
  for (const dir of PUBLISHED)
    await step(`Building ${dir}`, () => run(BIN('tsup'), ['--silent'], { cwd: join(ROOT, dir) }));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await main(async () => {
    await ensureInstalled();
    await ensureGenerated();
    await buildPackages();
    await ensureServerBuilt();
  });
}
