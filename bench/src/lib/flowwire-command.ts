import { mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Builds the `flowwire` command as it is published, our packages bundled, the rest beside it. Answers its path. */
export async function buildCommand(folder: string): Promise<string> {
  const out = mkdtempSync(join(folder, 'flowwire-'));
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  await bundle({
    entryPoints: [join(ROOT, 'codegen/src/cli.ts')],
    outdir: join(out, 'dist'),
    splitting: true,
    outExtension: { '.js': '.mjs' },
  });
  return join(out, 'dist/cli.mjs');
}
