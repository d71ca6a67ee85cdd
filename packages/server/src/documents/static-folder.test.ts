import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStaticFolder } from './static-folder.ts';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'flowwire-static-'));
  folder = join(root, 'site');
  await mkdir(join(folder, 'api'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<p>hello');
  await writeFile(join(folder, 'api', 'openapi.yaml'), 'openapi: 3.2.0\n');
  await writeFile(join(folder, '.hidden.html'), 'hidden');
  await writeFile(join(folder, 'key.pem'), 'secret');
  await writeFile(join(root, 'outside.html'), 'outside');
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('a file is found with its type and a strong entity tag', async () => {
  const found = await openStaticFolder(folder).find('api/openapi.yaml');
  expect(found).toMatchObject({
    kind: 'file',
    file: { type: 'application/yaml; charset=utf-8', etag: expect.stringMatching(/^"[\w-]{43}"$/) },
  });
});

test.each([
  ['a step up', '../outside.html'],
  ['a step up inside', 'api/../../outside.html'],
  ['an encoded step up', '%2e%2e/outside.html'],
  ['an encoded slash', '..%2foutside.html'],
  ['a backslash', '..%5Coutside.html'],
  ['a NUL', 'index.html%00.html'],
  ['a percent sign that encodes nothing', '%zz'],
  ['an absolute path', '/etc/hostname'],
  ['a hidden file', '.hidden.html'],
  ['a type that is not served', 'key.pem'],
  ['a file that is not there', 'missing.html'],
  ['a file taken for a folder', 'index.html/more.html'],
])('nothing is found for %s', async (_name, path) => {
  expect(await openStaticFolder(folder).find(path)).toEqual({ kind: 'nothing' });
});

test('a link that leads out of the folder is not followed', async () => {
  await symlink(join(root, 'outside.html'), join(folder, 'link.html'));
  await symlink(root, join(folder, 'up'));
  const files = openStaticFolder(folder);
  expect(await files.find('link.html')).toEqual({ kind: 'nothing' });
  expect(await files.find('up/outside.html')).toEqual({ kind: 'nothing' });
});

test('a sibling whose name begins like the folder is outside', async () => {
  await mkdir(`${folder}-private`);
  await writeFile(join(`${folder}-private`, 'a.html'), 'private');
  await symlink(`${folder}-private`, join(folder, 'private'));
  expect(await openStaticFolder(folder).find('private/a.html')).toEqual({ kind: 'nothing' });
});

test('a folder is told from a file, and one that is missing from both', async () => {
  expect(await openStaticFolder(folder).find('api')).toEqual({ kind: 'folder' });
  expect(await openStaticFolder(join(root, 'missing')).find('index.html')).toEqual({ kind: 'nothing' });
});

test('a file that changed has another entity tag, and its new content', async () => {
  const files = openStaticFolder(folder);
  const before = await files.find('index.html');
  await writeFile(join(folder, 'index.html'), '<p>other');
  await utimes(join(folder, 'index.html'), new Date(), new Date(Date.now() + 10_000));
  const after = await files.find('index.html');
  if (before.kind !== 'file' || after.kind !== 'file') throw new Error('not found');
  expect(after.file.body.toString()).toBe('<p>other');
  expect(after.file.etag).not.toBe(before.file.etag);
});

test('a file is read once and compressed once while it stays as it is', async () => {
  const files = openStaticFolder(folder);
  const [first, second] = [await files.find('index.html'), await files.find('index.html')];
  if (first.kind !== 'file' || second.kind !== 'file') throw new Error('not found');
  expect(second.file).toBe(first.file);
  expect(await second.file.gzipped()).toBe(await first.file.gzipped());
  expect(gunzipSync(await first.file.gzipped()).toString()).toBe('<p>hello');
});

test('the memory for files is bounded: the oldest give way, and what is too large is not kept', async () => {
  await writeFile(join(folder, 'a.txt'), 'a'.repeat(60));
  await writeFile(join(folder, 'b.txt'), 'b'.repeat(60));
  await writeFile(join(folder, 'large.txt'), 'c'.repeat(101));
  const files = openStaticFolder(folder, 100);
  const read = async (path: string) => {
    const found = await files.find(path);
    if (found.kind !== 'file') throw new Error('not found');
    return found.file;
  };
  const a = await read('a.txt');
  expect(await read('a.txt')).toBe(a);
  const b = await read('b.txt');
  expect(await read('large.txt')).not.toBe(await read('large.txt'));
  expect(await read('b.txt')).toBe(b);
  expect(await read('a.txt')).not.toBe(a);
});

test('the list has what can be found, and nothing else', async () => {
  expect(await openStaticFolder(folder).list()).toEqual(['api/openapi.yaml', 'index.html']);
  expect(await openStaticFolder(join(root, 'missing')).list()).toEqual([]);
});
