import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2022',
  // Composite projects list their files, and the bundler of declarations would have to.
  dts: { compilerOptions: { composite: false } },
  clean: true,
});
