import { defineConfig } from 'vitest/config';

// Vitest hands these to Node itself too: with `import` or `module` among them, require() would be given ES modules.
const conditions = ['@flowwire/source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['{codegen,conformance,packages/*,examples/*}/{src,test}/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
