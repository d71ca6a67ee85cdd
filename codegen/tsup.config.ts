import { cp, writeFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';
import { extractRenderer } from './src/docs/renderer.ts';

export default defineConfig({
  entry: ['src/cli.ts', 'src/index.ts'],
  format: 'esm',
  target: 'node20',
  platform: 'node',
  // Only its script is used, which stands in dist/assets then.
  external: ['@scalar/fastify-api-reference'],
  async onSuccess() {
    await cp('src/docs/assets', 'dist/assets', { recursive: true });
    await writeFile('dist/assets/scalar.js', await extractRenderer());
  },
  // Composite projects list their files, and the bundler of declarations would have to.
  dts: { entry: 'src/index.ts', compilerOptions: { composite: false } },
  clean: true,
  sourcemap: true,
});
