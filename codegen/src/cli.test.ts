import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
  expect(generated.stdout).toMatch(/^openapi.yaml -> generated: 9 of 9 files written \(\d+ ms\)\n$/);
  expect(await flowwire(folder, 'generate', '--check')).toMatchObject({ code: 0, stderr: '' });

  await writeFile(join(folder, 'generated/types.ts'), 'changed by hand');
  await writeFile(join(folder, 'generated/notes.md'), 'mine');
  await rm(join(folder, 'generated/index.ts'));
  expect(await flowwire(folder, 'generate', '--check')).toMatchObject({
    code: 1,
    stderr:
      'generated/types.ts: stale\ngenerated/index.ts: missing\ngenerated/notes.md: extra\nRun `flowwire generate`.\n',
  });

  expect((await flowwire(folder, 'generate')).stdout).toContain('2 of 9 files written');
  expect(await readFile(join(folder, 'generated/notes.md'), 'utf8')).toBe('mine');
});

test('faults of a document are told one to a line, and nothing is written', async () => {
  const broken = CHAT_DOCUMENTS['openapi.yaml'].replace('deleteChat', 'listChats');
  const folder = await temporaryFolder({ ...CHAT_DOCUMENTS, 'openapi.yaml': broken });
  const outcome = await flowwire(folder, 'generate', '--openapi', 'openapi.yaml', '--out', 'generated');
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toMatch(/^openapi.yaml:26:7 Every operation must have a unique `operationId`\.\n$/);
  await expect(readFile(join(folder, 'generated/types.ts'))).rejects.toThrow('ENOENT');
});

test.each<[args: string[], said: string]>([
  [[], 'Say what to do.'],
  [['destroy'], 'Unknown command: destroy'],
  [['generate', '--colour'], "Unknown option '--colour'"],
  [['generate'], 'flowwire.config.json cannot be read'],
  [['generate', '--openapi', 'a.yaml'], '--out is missing.'],
  [['generate', '--out', 'a'], '--asyncapi, --out, --name and --runtime go with --openapi.'],
])('%s is answered with help and exit code 2', async (args, said) => {
  const outcome = await flowwire(await temporaryFolder(), ...args);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toContain(said);
});

test('--help tells the options and exit codes', async () => {
  const { code, stdout } = await flowwire(await temporaryFolder(), '--help');
  expect(code).toBe(0);
  for (const word of ['--openapi', '--check', '--schemas', 'Exit codes']) expect(stdout).toContain(word);
});
