import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../test/chat.ts';
import { temporaryFolder } from '../test/support.ts';

interface Outcome {
  readonly code: number | string | undefined | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TSX = import.meta.resolve('tsx');

/** Runs the command in a folder as a user would. */
const flowwire = (folder: string, ...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const command = ['--import', TSX, join(import.meta.dirname, 'cli.ts'), ...args];
    execFile(process.execPath, command, { cwd: folder, timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });

const CONFIG = JSON.stringify({
  apis: [{ openapi: 'openapi.yaml', asyncapi: 'asyncapi.yaml', out: 'generated' }],
});

test('generates what the configuration lists, and checks that it stays so', async () => {
  const folder = await temporaryFolder({ ...CHAT_DOCUMENTS, 'flowwire.config.json': CONFIG });
  const generated = await flowwire(folder, 'generate');
  expect(generated).toMatchObject({ code: 0, stderr: '' });
  expect(generated.stdout).toMatch(/^openapi.yaml -> generated: 10 of 10 files written \(\d+ ms\)\n$/);
  expect(await flowwire(folder, 'check')).toMatchObject({
    code: 0,
    stdout: 'openapi.yaml -> generated: 10 files as they should be\n',
    stderr: '',
  });

  await writeFile(join(folder, 'generated/types.ts'), 'changed by hand');
  await writeFile(join(folder, 'generated/notes.md'), 'mine');
  await rm(join(folder, 'generated/index.ts'));
  expect(await flowwire(folder, 'check')).toMatchObject({
    code: 1,
    stderr:
      'generated/types.ts: stale\ngenerated/index.ts: missing\ngenerated/notes.md: extra\nRun `flowwire generate`.\n',
  });

  expect((await flowwire(folder, 'generate')).stdout).toContain('2 of 10 files written');
  expect(await readFile(join(folder, 'generated/notes.md'), 'utf8')).toBe('mine');
});

test('faults of a document are told one to a line, and nothing is written', async () => {
  const broken = CHAT_DOCUMENTS['openapi.yaml'].replaceAll('/responses/Unauthorized', '/responses/Nobody');
  const folder = await temporaryFolder({ ...CHAT_DOCUMENTS, 'openapi.yaml': broken });
  const outcome = await flowwire(folder, 'generate', '--openapi', 'openapi.yaml', '--out', 'generated');
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toMatch(/^openapi.yaml:21:9 Can't resolve \$ref.*\n/);
  await expect(readFile(join(folder, 'generated/types.ts'))).rejects.toThrow('ENOENT');
});

test('what is left out is told with its place, and is a fault with --strict', async () => {
  const openapi = CHAT_DOCUMENTS['openapi.yaml'].replace(
    'operationId: deleteChat',
    'operationId: deleteChat\n      servers: [{ url: https://example.org }]',
  );
  const folder = await temporaryFolder({ ...CHAT_DOCUMENTS, 'openapi.yaml': openapi });
  const command = ['generate', '--openapi', 'openapi.yaml', '--out', 'generated'];
  const outcome = await flowwire(folder, ...command);
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toMatch(/^openapi.yaml:\d+:\d+ warning: Not supported yet: servers\./m);
  expect((await flowwire(folder, ...command, '--strict')).code).toBe(1);
});

describe('a second run', () => {
  /** A project with packages installed, beside which what was made is remembered. */
  const project = async () => {
    const folder = await temporaryFolder({ ...CHAT_DOCUMENTS, 'flowwire.config.json': CONFIG });
    await mkdir(join(folder, 'node_modules'));
    return folder;
  };

  test('need not generate again', async () => {
    const folder = await project();
    await flowwire(folder, 'generate');
    expect((await flowwire(folder, 'generate')).stdout).toContain('up to date');
    expect((await flowwire(folder, 'generate', '--force')).stdout).toContain('up to date');
  });

  test('sees a changed document and a changed file', async () => {
    const folder = await project();
    await flowwire(folder, 'generate');
    const changed = CHAT_DOCUMENTS['asyncapi.yaml'].replace('title:', 'title: Changed');
    await writeFile(join(folder, 'asyncapi.yaml'), changed);
    await writeFile(join(folder, 'generated/client.ts'), 'changed by hand');
    expect((await flowwire(folder, 'generate')).stdout).toContain('1 of 10 files written');
  });
});

test.each<[args: string[], said: string]>([
  [[], 'Usage: flowwire COMMAND'],
  [['destroy'], 'There is no command destroy.'],
  [['generate', '--colour'], "Unknown option '--colour'"],
  [['generate'], 'flowwire.config.json cannot be read'],
  [['generate', 'api.yaml'], 'api.yaml: name documents with --openapi'],
  [['generate', '--openapi', 'a.yaml'], '--out is missing.'],
  [['generate', '--out', 'a'], '--out goes with --openapi or --asyncapi.'],
  [['generate', '--openapi', 'a', '--out', 'b', '--config', 'c'], '--config does not go with --openapi.'],
  [['generate', '--schemas', 'a', '--out', 'b', '--name', 'c'], '--name does not go with --schemas.'],
  [
    ['generate', '--openapi', 'a', '--out', 'b', '--event-streams', 'c'],
    '--event-streams is spec, payload or object.',
  ],
  [['docs', 'missing.yaml'], 'missing.yaml cannot be read (ENOENT).'],
])('%s is answered with help and exit code 2', async (args, said) => {
  const outcome = await flowwire(await temporaryFolder(), ...args);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toContain(said);
});

test.each(['generate', 'check', 'lint', 'bundle', 'diff', 'mock', 'docs'])(
  'flowwire %s --help tells usage, options and exit codes',
  async (command) => {
    const { code, stdout } = await flowwire(await temporaryFolder(), command, '--help');
    expect(code).toBe(0);
    for (const word of ['Usage', 'Options', '--help', 'Exit codes']) expect(stdout).toContain(word);
  },
);

test('--help lists the commands, and --version tells the version', async () => {
  const folder = await temporaryFolder();
  expect((await flowwire(folder, '--help')).stdout).toMatch(/generate .*\n.*check .*\n.*lint /);
  expect((await flowwire(folder, '--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
