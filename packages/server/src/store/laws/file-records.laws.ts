import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredFile } from '../../files/file-store.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { unique, upTo } from './fixtures.ts';

export function fileRecordLaws(open: OpenTables) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const file = (overrides: Partial<StoredFile> = {}): StoredFile => ({
    id: `${unique('file')}.pdf`,
    tenantId: 'tenant',
    name: 'Rechnung „17“.pdf',
    mediaType: 'application/pdf',
    bytes: 40,
    digest: '0'.repeat(64),
    createdAt: 1_000,
    ...overrides,
  });
  const idsOf = (files: readonly StoredFile[]) => files.map(({ id }) => id);

  test('a file is known to its own tenant', async () => {
    const [one, two] = [file(), file({ bytes: 3_000_000_000 })];
    expect(await store.fileRecords.add('tenant', [one, two], 1e12)).toBe(true);
    expect(await store.fileRecords.get('tenant', one.id)).toEqual(one);
    expect(await store.fileRecords.get('tenant', two.id)).toEqual(two);
    expect(await store.fileRecords.get('other', one.id)).toBeUndefined();
    expect(await store.fileRecords.get('tenant', 'file_unknown.pdf')).toBeUndefined();
  });

  test('files are added all or none, up to the quota', async () => {
    const tenantId = unique('tenant');
    const files = upTo(3).map(() => file({ tenantId }));
    expect(await store.fileRecords.add(tenantId, files, 119)).toBe(false);
    expect(await store.fileRecords.known(idsOf(files))).toEqual(new Set());
    expect(await store.fileRecords.add(tenantId, files, 120)).toBe(true);
    expect(await store.fileRecords.add(tenantId, [file({ tenantId, bytes: 1 })], 120)).toBe(false);
    expect(await store.fileRecords.add(tenantId, [], 120)).toBe(true);
  });

  test('of uploads at once no more are taken than the quota allows, also in two processes', async () => {
    const tenantId = unique('tenant');
    const other = (await open()).store;
    const uploads = upTo(10).flatMap(() =>
      [store, other].map(({ fileRecords }) => fileRecords.add(tenantId, [file({ tenantId })], 200)),
    );
    expect((await Promise.all(uploads)).filter(Boolean)).toHaveLength(5);
    await other.close();
  });

  test("a tenant's files count against its own quota alone, until they are forgotten", async () => {
    const tenantId = unique('tenant');
    const old = file({ tenantId, createdAt: 10 });
    expect(await store.fileRecords.add(tenantId, [old], 40)).toBe(true);
    expect(await store.fileRecords.add(unique('tenant'), [file()], 40)).toBe(true);
    await store.fileRecords.takeOlder(11, 1_000);
    expect(await store.fileRecords.add(tenantId, [file({ tenantId })], 40)).toBe(true);
  });

  test('the oldest files are forgotten first, each once', async () => {
    const tenantId = unique('tenant');
    await store.fileRecords.takeOlder(1_000, 1_000);
    const files = [30, 10, 20, 40].map((createdAt) => file({ tenantId, createdAt }));
    const [third, first, second, kept] = files;
    await store.fileRecords.add(tenantId, files, 1_000);
    const taken = await store.fileRecords.takeOlder(40, 2);
    expect(new Set(taken)).toEqual(new Set([first, second]));
    expect(await store.fileRecords.takeOlder(40, 2)).toEqual([third]);
    expect(await store.fileRecords.takeOlder(40, 2)).toEqual([]);
    expect(await store.fileRecords.known(idsOf(files))).toEqual(new Set([kept?.id]));
  });

  test('those that are known are told apart from the others', async () => {
    const files = upTo(3).map(() => file());
    await store.fileRecords.add('tenant', files, 1e12);
    const asked = [...idsOf(files), 'file_unknown.pdf', "'; --", '"\\', ''];
    expect(await store.fileRecords.known(asked)).toEqual(new Set(idsOf(files)));
    expect(await store.fileRecords.known([])).toEqual(new Set());
  });
}
