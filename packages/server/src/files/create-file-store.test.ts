import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { sqliteBackend } from '../store/laws/backends.ts';
import { createFileStore, type FileStoreDeps } from './create-file-store.ts';
import { createDiskFiles } from './disk-files.ts';
import type { FileRecords, FileStore, StoredFile } from './file-store.ts';
import { SAMPLES } from './testing/samples.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_790_000_000_000;
const MIB = 1024 * 1024;

const sqlite = sqliteBackend();
const { store } = await sqlite.open();
afterAll(async () => {
  await store.close();
  await sqlite.remove();
});

/** A store with a folder of its own; what the test says of `deps` takes the place of the usual. */
async function openFiles(deps: Partial<FileStoreDeps> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const disk = createDiskFiles(folder);
  const files = createFileStore({
    records: store.fileRecords,
    disk,
    quota: 10 * MIB,
    now: () => NOW,
    ...deps,
  });
  const paths = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  return { folder, files, paths };
}

let tenants = 0;
const newTenant = () => `tenant ../${++tenants}`;
const pdf = (name = 'invoice.pdf') => ({ name, content: new Blob([SAMPLES.pdf ?? '']) });
const text = (content: string, name = 'note.txt') => ({ name, content: new Blob([content]) });

async function addOne(files: FileStore, tenantId: string, file = pdf()): Promise<StoredFile> {
  const [stored] = await files.add(tenantId, [file]);
  if (!stored) throw new Error('nothing was stored');
  return stored;
}

test('what was stored is read back by its own tenant', async () => {
  const { files } = await openFiles();
  const tenantId = newTenant();
  const content = SAMPLES.pdf ?? new Uint8Array();
  const stored = await addOne(files, tenantId);
  expect(stored).toEqual({
    id: expect.stringMatching(/^file_[0-9a-f]{32}\.pdf$/),
    tenantId,
    name: 'invoice.pdf',
    mediaType: 'application/pdf',
    bytes: content.length,
    digest: createHash('sha256').update(content).digest('hex'),
    createdAt: NOW,
  });
  expect(await files.get(tenantId, stored.id)).toEqual(stored);
  expect(await files.get(newTenant(), stored.id)).toBeUndefined();
  const opened = await files.open(stored);
  expect(opened?.type).toBe('application/pdf');
  expect(new Uint8Array((await opened?.arrayBuffer()) ?? [])).toEqual(new Uint8Array(content));
});

test('files of a mebibyte come back whole', async () => {
  const { files } = await openFiles();
  const long = 'äöü€'.repeat(100_000);
  const stored = await addOne(files, newTenant(), text(long));
  expect(await (await files.open(stored))?.text()).toBe(long);
});

test('names are kept for people, without what leads elsewhere or hides', async () => {
  const { files } = await openFiles();
  const tenantId = newTenant();
  for (const [given, kept] of [
    ['../../etc/passwd.txt', 'passwd.txt'],
    ['C:\\temp\\a "quoted" name.txt', 'a "quoted" name.txt'],
    ['two\r\nlines\u0000.txt', 'two__lines_.txt'],
    ['发票 🧾.txt', '发票 🧾.txt'],
    ['cod\u202etxt.exe.txt', 'cod_txt.exe.txt'],
    [`${'🧾'.repeat(300)}.txt`, `${'🧾'.repeat(196)}.txt`],
    ['half\ud83e.txt', 'half\ufffd.txt'],
  ] as const) {
    const stored = await addOne(files, tenantId, text('x', given));
    expect(await files.get(tenantId, stored.id)).toMatchObject({ name: kept });
    expect(await files.open(stored)).toBeDefined();
  }
});

test('of several files all are stored or none', async () => {
  const { files, paths } = await openFiles();
  const tenantId = newTenant();
  const refused = files.add(tenantId, [pdf(), text('', 'empty.txt'), pdf()]);
  await expect(refused).rejects.toMatchObject({ kind: 'empty', message: 'empty.txt is empty' });
  expect(await paths()).toEqual([]);
  const stored = await files.add(tenantId, [pdf('a.pdf'), text('b', 'b.txt')]);
  expect(stored.map(({ name }) => name)).toEqual(['a.pdf', 'b.txt']);
  expect(await paths()).toHaveLength(2);
});

test('beyond the quota nothing is stored, however many come at once', async () => {
  const { files, paths } = await openFiles({ quota: 3 * MIB });
  const tenantId = newTenant();
  const one = () => files.add(tenantId, [text('x'.repeat(MIB))]).catch((error: unknown) => error);
  const outcomes = await Promise.all([one(), one(), one(), one(), one()]);
  const refusals = outcomes.filter((outcome) => outcome instanceof Error);
  expect(refusals).toHaveLength(2);
  expect(refusals[0]).toMatchObject({ kind: 'quota_exceeded', message: 'all files together may have 3 MB' });
  expect(await paths()).toHaveLength(3);
});

test('an upload that breaks off leaves nothing, and what was stored with it goes too', async () => {
  const { files, paths } = await openFiles();
  const tenantId = newTenant();
  const gone = join(await mkdtemp(join(tmpdir(), 'flowwire-gone-')), 'upload');
  await writeFile(gone, 'x'.repeat(200_000));
  const content = await openAsBlob(gone);
  await rm(join(gone, '..'), { recursive: true });
  await expect(files.add(tenantId, [pdf(), { name: 'x.bmp', content }])).rejects.toThrow();
  expect(await paths()).toEqual([]);
});

test('bytes stay when it is not known whether the record was kept', async () => {
  const records: FileRecords = {
    ...store.fileRecords,
    add: async (...args) => {
      await store.fileRecords.add(...args);
      throw new Error('the connection was lost');
    },
  };
  const { files, paths } = await openFiles({ records });
  await expect(files.add(newTenant(), [pdf()])).rejects.toThrow('the connection was lost');
  expect(await paths()).toHaveLength(1);
});

test('files are forgotten by age, bytes and records', async () => {
  let now = NOW - 40 * 24 * HOUR_MS;
  const { files, paths } = await openFiles({ now: () => now });
  const tenantId = newTenant();
  const old = [await addOne(files, tenantId), await addOne(files, tenantId)];
  now = NOW;
  const recent = await addOne(files, tenantId);
  expect(await files.sweep(NOW - 30 * 24 * HOUR_MS)).toBe(2);
  for (const file of old) {
    expect(await files.get(tenantId, file.id)).toBeUndefined();
    expect(await files.open(file)).toBeUndefined();
  }
  expect(await files.get(tenantId, recent.id)).toEqual(recent);
  expect(await paths()).toHaveLength(1);
  expect(await files.sweep(0)).toBe(0);
});

test('what a crash left is removed after an hour, and nothing else', async () => {
  const { files, paths } = await openFiles();
  const tenantId = newTenant();
  const kept = await addOne(files, tenantId);
  const [path = ''] = await paths();
  const leave = async (name: string, age: number) => {
    const left = join(path, '..', name);
    await writeFile(left, 'left behind');
    await utimes(left, (NOW - age) / 1_000, (NOW - age) / 1_000);
  };
  await utimes(path, 0, 0);
  // Died before the record, died in the middle of writing, and one that is just being written.
  await leave('file_0123.pdf', HOUR_MS + 1);
  await leave('file_4567.pdf.part', 2 * HOUR_MS);
  await leave('file_89ab.pdf.part', HOUR_MS - 1_000);
  expect(await files.sweep(0)).toBe(2);
  expect((await paths()).sort()).toEqual([path, join(path, '..', 'file_89ab.pdf.part')].sort());
  expect(await readFile(path)).toEqual(Buffer.from(SAMPLES.pdf ?? []));
  expect(await files.get(tenantId, kept.id)).toEqual(kept);
});

test('a sweep ends when it is told to', async () => {
  const { files, paths } = await openFiles({ now: () => NOW - 40 * 24 * HOUR_MS });
  await addOne(files, newTenant());
  expect(await files.sweep(NOW, AbortSignal.abort())).toBe(0);
  expect(await paths()).toHaveLength(1);
});
