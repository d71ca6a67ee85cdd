import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support.ts';
import { command } from './bundle.ts';
import { EXIT, UsageError, type Values } from './command.ts';

const API = `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
paths:
  /a: { query: { responses: { '200': { description: A., content: { application/json: { schema: { $ref: 'b.yaml' } } } } } } }
`;

async function run(files: Readonly<Record<string, string>>, values: Values) {
  const folder = await temporaryFolder(files);
  const printed = { out: '', err: '' };
  const terminal = {
    out: (text: string) => (printed.out += text),
    err: (text: string) => (printed.err += text),
    progress: () => {},
  };
  const paths = { ...values, ...(typeof values.out === 'string' && { out: join(folder, values.out) }) };
  const code = await command.run(paths, [join(folder, 'openapi.yaml')], terminal);
  return { code, folder, ...printed };
}

const FILES = { 'openapi.yaml': API, 'b.yaml': 'type: string\n' };

test('without --out one document is printed', async () => {
  const { code, out, err } = await run(FILES, {});
  expect({ code, err }).toEqual({ code: EXIT.done, err: '' });
  expect(out).toContain("$ref: '#/components/schemas/b'");
});

test('--out and --format say where it goes, and as what', async () => {
  const { code, folder, out } = await run(FILES, { out: 'dist', format: 'json' });
  expect(code).toBe(EXIT.done);
  expect(out).toMatch(/openapi\.yaml -> .*dist\/openapi\.json\n$/);
  expect(JSON.parse(await readFile(join(folder, 'dist/openapi.json'), 'utf8'))).toMatchObject({
    components: { schemas: { b: { type: 'string' } } },
  });
});

test('what OpenAPI 3.1 cannot say is told, and is a fault with --strict', async () => {
  const told = await run(FILES, { out: 'api.yaml', openapi: '3.1' });
  expect(told.code).toBe(EXIT.done);
  expect(told.err).toMatch(/openapi\.yaml warning: \/paths\/~1a query: .*\n$/);
  expect((await run(FILES, { out: 'api.yaml', openapi: '3.1', strict: true })).code).toBe(EXIT.faults);
});

test('--json tells programs what was written', async () => {
  const { out } = await run(FILES, { out: 'api.yaml', openapi: '3.1', json: true });
  expect(JSON.parse(out)).toMatchObject({
    documents: [{ file: expect.stringContaining('api.yaml'), faults: [], notes: [expect.any(String)] }],
  });
});

test('a document with faults is not written', async () => {
  const { code, err, folder } = await run({ 'openapi.yaml': API }, { out: 'api.yaml' });
  expect(code).toBe(EXIT.faults);
  expect(err).toMatch(/openapi\.yaml:4:\d+ Can't resolve \$ref/);
  await expect(readFile(join(folder, 'api.yaml'))).rejects.toThrow('ENOENT');
});

test.each<[Values]>([[{ openapi: '2.0' }], [{ format: 'xml' }], [{ json: true }]])(
  '%j cannot be understood',
  async (values) => {
    await expect(run(FILES, values)).rejects.toThrow(UsageError);
  },
);
