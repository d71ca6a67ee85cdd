import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support.ts';
import { UsageError } from '../commands/command.ts';
import { pairCopies, pairVersions } from './pairs.ts';

async function folderOf(...files: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  return folder;
}

test('folders are paired by path, whatever the ending, and only one side may have a document', async () => {
  const before = await folderOf('chat/openapi.yaml', 'chat/asyncapi.yaml', 'chat/notes.yaml');
  const after = await folderOf('chat/openapi.json', 'users/openapi.yaml', 'node_modules/x/openapi.yaml');
  expect(await pairVersions(before, after)).toEqual([
    { name: 'chat/asyncapi', before: join(before, 'chat/asyncapi.yaml') },
    {
      name: 'chat/openapi',
      before: join(before, 'chat/openapi.yaml'),
      after: join(after, 'chat/openapi.json'),
    },
    { name: 'users/openapi', after: join(after, 'users/openapi.yaml') },
  ]);
});

test('a file is paired with a file', async () => {
  const folder = await folderOf('old.yaml', 'new.yaml');
  const [before, after] = [join(folder, 'old.yaml'), join(folder, 'new.yaml')];
  expect(await pairVersions(before, after)).toEqual([{ name: after, before, after }]);
});

test('documents are paired with copies at the same paths, and are new where there is none', async () => {
  const folder = await folderOf('specs/chat/openapi.yaml');
  expect(await pairCopies(folder, ['specs/chat/openapi.yaml', 'specs/users/openapi.yaml'])).toEqual([
    {
      name: 'specs/chat/openapi.yaml',
      before: join(folder, 'specs/chat/openapi.yaml'),
      after: 'specs/chat/openapi.yaml',
    },
    { name: 'specs/users/openapi.yaml', after: 'specs/users/openapi.yaml' },
  ]);
});

test('what cannot be paired is told', async () => {
  const folder = await folderOf('a.yaml');
  const pairing = (before: string, after: string) => pairVersions(join(folder, before), join(folder, after));
  await expect(pairing('a.yaml', '.')).rejects.toThrow('are a file and a folder');
  await expect(pairing('.', '.')).rejects.toThrow('has a file openapi.yaml');
  await expect(pairing('a.yaml', 'b.yaml')).rejects.toThrow('There is no file or folder');
  await expect(pairCopies(join(folder, 'a.yaml'), [])).rejects.toThrow(UsageError);
});
