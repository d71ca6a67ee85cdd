import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import type { Files } from '../../src/emit/api.ts';
import { generateApi } from '../../src/generate.ts';
import { DocumentError } from '../../src/problems.ts';
import { RUNTIME, RUNTIME_TYPES, typeFaults } from '../compile.ts';
import { DIFFERENT_IN_YAML, SWAGGER, UNDECLARED_SCHEME, WARNED } from './expected.ts';

// Documents that nobody wrote for this generator. README.md says where they come from.

const EXAMPLES = dirname(createRequire(import.meta.url).resolve('@readme/oas-examples/package.json'));

/** What comes of a document. */
interface Outcome {
  readonly files?: Files;
  readonly warnings: readonly string[];
  readonly faults: readonly string[];
}

const messages = (problems: readonly { readonly message: string }[]): string[] =>
  problems.map(({ message }) => message);

async function generate(path: string): Promise<Outcome> {
  try {
    const source = { openapi: join(EXAMPLES, path), out: 'example', runtime: RUNTIME };
    const { files, warnings } = await generateApi(source);
    return { files, warnings: messages(warnings), faults: [] };
  } catch (error) {
    // Any other error is a fault of the generator.
    if (!(error instanceof DocumentError)) throw error;
    return { warnings: [], faults: messages(error.problems) };
  }
}

async function generateAll(
  kind: 'json' | 'yaml',
  versions: readonly string[],
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const version of versions) {
    const names = await readdir(join(EXAMPLES, version, kind), { recursive: true });
    const documents = names.filter((name) => name.endsWith(`.${kind}`)).sort();
    for (const name of documents) {
      const outcome = await generate(join(version, kind, name));
      outcomes.set(`${version}/${name.slice(0, -`.${kind}`.length)}`, outcome);
    }
  }
  return outcomes;
}

const outcomes = await generateAll('json', ['2.0', '3.0', '3.1']);

const folder = await mkdtemp(join(tmpdir(), 'flowwire-corpus-'));
afterAll(() => rm(folder, { recursive: true }));

/** Writes what is generated from a document and answers its entries. */
async function write(name: string, files: Files): Promise<string[]> {
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  for (const [file, content] of files) await writeFile(join(home, file), content);
  await writeFile(join(home, 'runtime.ts'), RUNTIME_TYPES);
  return ['index.ts', 'server.ts', 'contract.js'].map((file) => join(home, file));
}

test('only documents with faults are refused, and each fault is told', () => {
  const refused = [...outcomes].flatMap(([name, { faults }]) => (faults.length > 0 ? [[name, faults]] : []));
  const swagger = [...outcomes.keys()].filter((name) => name.startsWith('2.0/'));
  expect(swagger.length).toBeGreaterThan(5);
  expect(Object.fromEntries(refused)).toEqual({
    ...Object.fromEntries(swagger.map((name) => [name, [SWAGGER]])),
    '3.0/response-http-behavior': Array.from({ length: 3 }, () => UNDECLARED_SCHEME),
  });
});

test('what is left out is named by warnings', () => {
  const warned = [...outcomes].flatMap(([name, { warnings }]) =>
    warnings.length > 0 ? [[name, warnings.length]] : [],
  );
  expect(Object.fromEntries(warned)).toEqual(WARNED);
});

test('what is generated compiles under the strictest settings', { timeout: 60_000 }, async () => {
  const entries: string[] = [];
  for (const [name, { files }] of outcomes) if (files) entries.push(...(await write(name, files)));
  expect(entries.length).toBeGreaterThan(150);
  expect(typeFaults(entries)).toEqual([]);
});

test('a document in YAML gives what it gives in JSON', async () => {
  const code = ({ files }: Outcome = { warnings: [], faults: [] }): Record<string, string> =>
    Object.fromEntries([...(files ?? [])].map(([file, content]) => [file, content.replace(/^.*\n/, '')]));
  const inYaml = await generateAll('yaml', ['3.0', '3.1']);
  expect(inYaml.size).toBeGreaterThan(40);
  const differs = ([name, outcome]: [string, Outcome]): boolean =>
    !isDeepStrictEqual(code(outcome), code(outcomes.get(name)));
  const different = [...inYaml].filter(differs).map(([name]) => name);
  expect(different).toEqual(DIFFERENT_IN_YAML);
});
