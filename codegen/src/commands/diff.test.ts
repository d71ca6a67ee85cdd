import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support.ts';
import { EXIT, UsageError, type Values } from './command.ts';
import { command } from './diff.ts';

const api = (version: string, operations: string) => `openapi: 3.2.0
info: { title: T, version: ${version} }
paths:
  /a: { ${operations} }
`;
const GET = "get: { operationId: a, responses: { '200': { description: A. } } }";
const POST = "post: { operationId: b, responses: { '200': { description: B. } } }";

/** Runs the command on a folder with these files. */
async function run(files: Readonly<Record<string, string>>, values: Values, ...paths: string[]) {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const printed = { out: '', err: '' };
  const terminal = {
    out: (text: string) => (printed.out += text),
    err: (text: string) => (printed.err += text),
    progress: () => {},
  };
  const code = await command.run(
    values,
    paths.map((path) => join(folder, path)),
    terminal,
  );
  return { code, ...printed };
}

const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1);

test('breaking changes are told with place, what and why, and fail', { timeout: 60_000 }, async () => {
  const files = { 'old.yaml': api('1.0.0', `${GET}, ${POST}`), 'new.yaml': api('1.0.0', GET) };
  const { code, out } = await run(files, {}, 'old.yaml', 'new.yaml');
  expect(code).toBe(EXIT.faults);
  expect(out).toContain(`major, breaking: 1
  POST /a  Operation \`POST /a\` was removed.
           Requests for it fail. [operation-removed]
`);
  expect(lastLine(out)).toBe('semver: major');
});

test('--fail-on says from which step on changes are faults', { timeout: 60_000 }, async () => {
  const files = { 'old.yaml': api('1.0.0', GET), 'new.yaml': api('1.0.0', `${GET}, ${POST}`) };
  const codes = ['major', 'minor', 'patch', 'none'].map(async (step) => {
    const { code, out } = await run(files, { 'fail-on': step }, 'old.yaml', 'new.yaml');
    expect(lastLine(out)).toBe('semver: minor');
    return code;
  });
  expect(await Promise.all(codes)).toEqual([EXIT.done, EXIT.faults, EXIT.faults, EXIT.done]);
});

test('--check-version fails when the version has moved too little', { timeout: 60_000 }, async () => {
  const check = (version: string) =>
    run(
      { 'old.yaml': api('1.0.0', GET), 'new.yaml': api(version, `${GET}, ${POST}`) },
      { 'check-version': true },
      'old.yaml',
      'new.yaml',
    );
  const stayed = await check('1.0.1');
  expect(stayed.code).toBe(EXIT.faults);
  expect(stayed.out).toContain('info.version is 1.0.1, but these changes ask for 1.1.0 or later.');
  expect((await check('1.1.0')).code).toBe(EXIT.done);
});

test('folders are compared document by document; --json tells all of it', { timeout: 60_000 }, async () => {
  const files = {
    'old/a/openapi.yaml': api('1.0.0', GET),
    'old/b/openapi.yaml': api('1.0.0', GET),
    'new/a/openapi.yaml': api('1.0.0', GET),
    'new/c/openapi.yaml': api('1.0.0', GET),
  };
  const { code, out } = await run(files, { json: true }, 'old', 'new');
  expect(code).toBe(EXIT.faults);
  expect(JSON.parse(out)).toMatchObject({
    semver: 'major',
    documents: [
      { document: 'a/openapi', semver: 'none', changes: [] },
      { document: 'b/openapi', semver: 'major', changes: [{ what: 'The document was removed.' }] },
      { document: 'c/openapi', semver: 'minor', changes: [{ what: 'The document is new.' }] },
    ],
  });
});

test('a document that cannot be read fails, and its fault is told', async () => {
  const files = { 'old.yaml': 'openapi: [', 'new.yaml': api('1.0.0', GET) };
  const { code, err } = await run(files, { 'fail-on': 'none' }, 'old.yaml', 'new.yaml');
  expect(code).toBe(EXIT.faults);
  expect(err).toMatch(/old\.yaml:\d+:\d+ /);
});

test.each<[Values, string[]]>([
  [{}, []],
  [{}, ['a', 'b', 'c']],
  [{ 'fail-on': 'huge' }, ['a', 'b']],
  [{ config: 'x.json' }, ['a', 'b']],
])('%j %j cannot be understood', async (values, paths) => {
  await expect(run({}, values, ...paths)).rejects.toThrow(UsageError);
});

test('an OpenAPI document is not compared with an AsyncAPI document', async () => {
  const files = {
    'old.yaml': api('1.0.0', GET),
    'new.yaml': 'asyncapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\n',
  };
  await expect(run(files, {}, 'old.yaml', 'new.yaml')).rejects.toThrow('an asyncapi document');
});
