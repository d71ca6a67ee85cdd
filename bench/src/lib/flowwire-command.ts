import { mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../../..');

/** Builds the `flowwire` command as it is published, our packages bundled, the rest beside it. Answers its path. */
export async function buildCommand(folder: string): Promise<string> {
  const out = mkdtempSync(join(folder, 'flowwire-'));
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  await build({
    entryPoints: [join(ROOT, 'codegen/src/cli.ts')],
    outdir: join(out, 'dist'),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    conditions: ['@flowwire/source'],
    plugins: [
      {
        name: 'external-except-ours',
        setup({ onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path.startsWith('@flowwire/') ? undefined : { path, external: true },
          );
        },
      },
    ],
    logLevel: 'error',
  });
  return join(out, 'dist/cli.mjs');
}
