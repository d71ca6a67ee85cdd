import { defineConfig } from 'tsup';

const apis = ['workflow-generation', 'genflow', 'workflow-execution', 'astron', 'mandas', 'identity'];

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    ...Object.fromEntries(
      apis.flatMap((api) =>
        ['index', 'server'].map((part) => [`${api}/${part}`, `src/generated/${api}/${part}.ts`]),
      ),
    ),
  },
  format: 'esm',
  target: 'es2022',
  // Composite projects list their files, and the bundler of declarations would have to.
  dts: { compilerOptions: { composite: false } },
  clean: true,
});
