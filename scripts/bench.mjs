// `npm run bench -- NAME [--json]`: runs one benchmark; without a name, lists them.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureGenerated, ensureInstalled, ensureServerBuilt, main, ROOT, run } from './lib/steps.mjs';

await main(async () => {
  const [name, ...args] = process.argv.slice(2);
  const files = await readdir(join(ROOT, 'bench/src'), { withFileTypes: true });
  const names = files.filter((file) => file.isFile()).map((file) => file.name.replace(/\.ts$/, ''));
  if (!name || !names.includes(name)) {
    process.stdout.write(`usage: npm run bench -- NAME [--json]\n\nbenchmarks: ${names.join(', ')}\n`);
    process.exitCode = name === undefined || name === '--help' ? 0 : 2;
    return;
  }
  await ensureInstalled();
  await ensureGenerated();
  await ensureServerBuilt();
  const flags = ['--expose-gc', '--conditions=@flowwire/source', '--import', 'tsx'];
  await run(process.execPath, [...flags, `bench/src/${name}.ts`, ...args]);
});
