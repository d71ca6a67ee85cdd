import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { typeFaults } from './compile.ts';

const GENERATED = join(import.meta.dirname, '../../packages/contract/src/generated');

// Beside generated.test-d.ts, for what the compiler does not look at where it is used: the tables.
test("the contracts of this repository's APIs are what their types say", async () => {
  const apis = await readdir(GENERATED);
  expect(apis).toContain('identity');
  const modules = apis.flatMap((api) =>
    ['contract.js', 'server.ts'].map((file) => join(GENERATED, api, file)),
  );
  expect(typeFaults(modules)).toEqual([]);
});
