import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Bundles for browsers, which fails on an import of a Node module. Answers KiB after gzip. */
async function gzippedKib(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@flowwire/source'],
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]?.contents ?? '').length / 1024;
}

test.each([
  // With sockets; an API without them leaves a third of it out.
  ['./client.ts', 16.5],
  ['./identity.ts', 12],
  ['./workflow-execution.ts', 27],
  ['./genflow.ts', 26],
])('%s works in browsers and stays under %d KiB', async (entry, limit) => {
  const size = await gzippedKib(entry);
  expect(size).toBeGreaterThan(1);
  expect(size).toBeLessThan(limit);
});
