import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support.ts';
import { EXIT, UsageError, type Values } from './command.ts';
import { command } from './lint.ts';

const DOCUMENT = `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
paths:
  /things:
    get:
      operationId: list
      responses:
        '200':
          description: Fine.
          content: { application/json: { schema: { type: string }, EXAMPLE } }
`;

/** Runs the command on documents. Answers the exit code and what is printed, without the folder's name. */
async function run(files: Readonly<Record<string, string>>, values: Values = {}) {
  const quiet = { 'redocly.yaml': 'rules: { struct: error }\n' };
  const folder = await temporaryFolder({ ...quiet, ...files });
  let out = '';
  const terminal = { out: (text: string) => (out += text), err: () => {}, progress: () => {} };
  const documents = Object.keys(files).map((name) => join(folder, name));
  const code = await command.run({ redocly: join(folder, 'redocly.yaml'), ...values }, documents, terminal);
  return { code, out: out.replaceAll(/[^\s"]*flowwire-codegen-[^/]*\//g, '') };
}

const withExample = (example: string) => ({ 'openapi.yaml': DOCUMENT.replace('EXAMPLE', example) });

test('nothing to find ends well, and says how much was looked at', async () => {
  expect(await run(withExample('example: a'))).toEqual({
    code: EXIT.done,
    out: '0 errors, 0 warnings in 1 document\n',
  });
});

test('errors are told one to a line, with a count at the end', async () => {
  expect(await run(withExample('example: 1'))).toEqual({
    code: EXIT.faults,
    out: `openapi.yaml:10:68 error example-fits-schema The example is not of type string.
1 error, 0 warnings in 1 document
`,
  });
});

test('warnings are no faults unless --strict says so', async () => {
  const files = withExample('x-note: none');
  const out = `openapi.yaml:10:22 warning body-has-example The body application/json has no example.
0 errors, 1 warning in 1 document
`;
  expect(await run(files)).toEqual({ code: EXIT.done, out });
  expect(await run(files, { strict: true })).toEqual({ code: EXIT.faults, out });
});

test('--json tells the same to programs', async () => {
  const { code, out } = await run(withExample('example: 1'), { json: true });
  expect(code).toBe(EXIT.faults);
  expect(JSON.parse(out)).toMatchObject({
    errors: 1,
    warnings: 0,
    findings: [{ line: 10, column: 68, rule: 'example-fits-schema', severity: 'error' }],
  });
});

test('--rules adds a set of rules, and --skip-rule leaves single ones out, wherever they come from', async () => {
  const files = withExample('exampel: a');
  const rulesOf = async (values: Values): Promise<string[]> =>
    (await run(files, values)).out
      .split('\n')
      .flatMap((line) => line.split(' ')[2]?.match(/^[a-z]+-.*|struct/) ?? []);
  const all = await rulesOf({ rules: ['flowwire'] });
  expect(all).toContain('operation-statuses');
  expect(all).toContain('summary-zh');
  expect(
    await rulesOf({ rules: ['flowwire'], 'skip-rule': ['operation-statuses', 'body-has-example'] }),
  ).toEqual(all.filter((rule) => rule !== 'operation-statuses' && rule !== 'body-has-example'));
  await expect(run(files, { rules: ['others'] })).rejects.toThrow(UsageError);
});

test('documents of different folders have nothing to do with each other', async () => {
  const messages = `asyncapi: 3.1.0
info: { title: T, version: 1.0.0 }
channels: { news: { address: /news, messages: { a: { payload: { type: string }, examples: [{ payload: a }] } } } }
`;
  const one = await temporaryFolder(withExample('example: a'));
  const other = await temporaryFolder({
    'asyncapi.yaml': messages,
    'redocly.yaml': 'rules: { struct: error }\n',
  });
  const terminal = { out: () => {}, err: () => {}, progress: () => {} };
  const values = { redocly: join(other, 'redocly.yaml') };
  const documents = [join(one, 'openapi.yaml'), join(other, 'asyncapi.yaml')];
  expect(await command.run(values, documents, terminal)).toBe(EXIT.done);
});
