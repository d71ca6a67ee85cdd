import { InvalidCursorError, type NewWorkflow } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { definition, endedRun, pagesOf, unique, upTo } from './fixtures.ts';

export function workflowStoreLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const workflow = (overrides: Partial<NewWorkflow> = {}): NewWorkflow => ({
    id: unique('wf'),
    tenantId: 'tenant',
    definition,
    createdAt: 100,
    ...overrides,
  });
  const first = (given: NewWorkflow) => ({
    ...given,
    version: 1,
    updatedAt: given.createdAt,
    latestVersion: 1,
  });

  test('a workflow reads back as it was given, as version 1', async () => {
    const source = { format: 'dify', text: "kind: app # it's ✓\n" } as const;
    for (const given of [workflow(), workflow({ source })]) {
      expect(await store.workflows.create(given)).toEqual(first(given));
      expect(await store.workflows.get('tenant', given.id)).toEqual(first(given));
      expect(await store.workflows.get('tenant', given.id, 1)).toEqual(first(given));
      expect(await store.workflows.current('tenant', given.id)).toEqual(first(given));
    }
    expect(await store.workflows.get('tenant', unique('wf'))).toBeUndefined();
    expect(await store.workflows.current('tenant', unique('wf'))).toBeUndefined();
  });

  test('an id is taken once by each tenant', async () => {
    const given = workflow();
    const theirs = { ...given, tenantId: unique('tenant'), createdAt: 200 };
    await store.workflows.create(given);
    await expect(store.workflows.create(given)).rejects.toThrow(/exists/);
    await store.workflows.create(theirs);
    expect(await store.workflows.get('tenant', given.id)).toEqual(first(given));
    expect(await store.workflows.get(theirs.tenantId, given.id)).toEqual(first(theirs));
  });

  test('versions are added, and earlier ones stay as they were', async () => {
    const given = workflow();
    await store.workflows.create(given);
    const edited = { ...definition, name: 'edited' };
    const next = { ...given, definition: edited, createdAt: 200 };
    const second = { ...given, definition: edited, version: 2, updatedAt: 200, latestVersion: 2 };
    expect(await store.workflows.addVersion(next)).toEqual({ outcome: 'added', workflow: second });
    expect(await store.workflows.get('tenant', given.id)).toEqual(second);
    expect(await store.workflows.get('tenant', given.id, 1)).toEqual({ ...first(given), latestVersion: 2 });
    expect(await store.workflows.get('tenant', given.id, 3)).toBeUndefined();
    expect(await store.workflows.addVersion(workflow())).toBeUndefined();
  });

  test('a version that is based on another than the newest is a conflict', async () => {
    const given = workflow();
    await store.workflows.create(given);
    expect(await store.workflows.addVersion(given, 1)).toMatchObject({ outcome: 'added' });
    expect(await store.workflows.addVersion(given, 1)).toEqual({ outcome: 'conflict' });
    expect(await store.workflows.addVersion(given, 3)).toEqual({ outcome: 'conflict' });
    expect(await store.workflows.get('tenant', given.id)).toMatchObject({ latestVersion: 2 });
  });

  test('of versions that are added at the same time, over two processes, each has its number', async () => {
    const other = await open();
    const given = workflow();
    await store.workflows.create(given);
    const versions = upTo(10).map((n) => (n % 2 ? store : other.store).workflows.addVersion(given));
    const numbers = (await Promise.all(versions)).map((each) =>
      each?.outcome === 'added' ? each.workflow.version : 0,
    );
    expect(numbers.sort((a, b) => a - b)).toEqual(upTo(10).map((n) => n + 1));
    const bound = upTo(4).map((n) => (n % 2 ? store : other.store).workflows.addVersion(given, 11));
    const outcomes = (await Promise.all(bound)).map((each) => each?.outcome);
    expect(outcomes.sort()).toEqual(['added', 'conflict', 'conflict', 'conflict']);
    await other.store.close();
  });

  test('what runs is the published version, else the newest', async () => {
    const given = workflow();
    await store.workflows.create(given);
    await store.workflows.addVersion(given);
    const current = async () => (await store.workflows.current('tenant', given.id))?.version;
    expect(await current()).toBe(2);
    expect(await store.workflows.publish('tenant', given.id, 1)).toMatchObject({
      version: 1,
      latestVersion: 2,
      publishedVersion: 1,
    });
    expect(await current()).toBe(1);
    expect(await store.workflows.get('tenant', given.id)).toMatchObject({ version: 2, publishedVersion: 1 });
    const off = await store.workflows.publish('tenant', given.id, undefined);
    expect(off).toMatchObject({ version: 2 });
    expect(off).not.toHaveProperty('publishedVersion');
    expect(await current()).toBe(2);
  });

  test.each([0, 3, -1])('the version %d that is not there is not published', async (version) => {
    const given = workflow();
    await store.workflows.create(given);
    await store.workflows.addVersion(given);
    expect(await store.workflows.publish('tenant', given.id, version)).toBeUndefined();
    expect(await store.workflows.publish('tenant', unique('wf'), 1)).toBeUndefined();
    expect(await store.workflows.publish('tenant', unique('wf'), undefined)).toBeUndefined();
    expect(await store.workflows.get('tenant', given.id)).not.toHaveProperty('publishedVersion');
  });

  test('another tenant finds, changes and lists nothing', async () => {
    const given = workflow();
    await store.workflows.create(given);
    const stranger = unique('tenant');
    expect(await store.workflows.get(stranger, given.id)).toBeUndefined();
    expect(await store.workflows.get(stranger, given.id, 1)).toBeUndefined();
    expect(await store.workflows.addVersion({ ...given, tenantId: stranger })).toBeUndefined();
    expect(await store.workflows.publish(stranger, given.id, 1)).toBeUndefined();
    expect(await store.workflows.delete(stranger, given.id)).toBe(false);
    expect(await store.workflows.list(stranger, { limit: 5 })).toEqual({ items: [] });
    expect(await store.workflows.versions(stranger, given.id, { limit: 5 })).toEqual({ items: [] });
    expect(await store.workflows.get('tenant', given.id)).toEqual(first(given));
  });

  test('a deleted workflow is gone with its versions, and its id is free', async () => {
    const given = workflow();
    await store.workflows.create(given);
    await store.workflows.addVersion(given);
    expect(await store.workflows.delete('tenant', given.id)).toBe(true);
    expect(await store.workflows.delete('tenant', given.id)).toBe(false);
    expect(await store.workflows.get('tenant', given.id, 1)).toBeUndefined();
    expect(await store.workflows.create(given)).toEqual(first(given));
  });

  test('what a version was imported from is told until the workflow and its runs are gone', async () => {
    const source = { format: 'astron', text: '{"nodes":[]} ✓' } as const;
    const given = workflow({ source, tenantId: unique('tenant') });
    const { tenantId, id } = given;
    const told = (version: number) => store.workflows.source(tenantId, id, version);
    await store.workflows.create(given);
    await store.workflows.addVersion(given);
    await store.workflows.addVersion(workflow({ id, tenantId }));
    // Before all that other laws are about.
    const ends = [-10, -9, 3_000];
    for (const [index, version] of [2, 2, 3].entries()) {
      await endedRun(store, { tenantId, workflowId: id, version }, { finishedAt: ends[index] ?? 0 });
    }
    await store.workflows.delete(tenantId, id);
    expect([await told(1), await told(2), await told(3)]).toEqual([undefined, source, undefined]);
    expect(await store.workflows.source(unique('tenant'), id, 2)).toBeUndefined();
    expect(await store.workflows.get(tenantId, id, 2)).toBeUndefined();
    expect(await store.workflows.list(tenantId, { limit: 5 })).toEqual({ items: [] });
    await store.runs.prune({ runsMs: 0 }, -10, 10);
    expect(await told(2)).toEqual(source);
    await store.runs.prune({ runsMs: 0 }, -9, 10);
    expect(await told(2)).toBeUndefined();
  });

  test('an id that is used again has nothing of the workflow before', async () => {
    const source = { format: 'astron', text: '{}' } as const;
    const given = workflow({ source });
    await store.workflows.create(given);
    await store.workflows.addVersion(given);
    await endedRun(store, { workflowId: given.id, version: 2 });
    await store.workflows.delete('tenant', given.id);
    expect(await store.workflows.create(given)).toEqual(first(given));
    expect(await store.workflows.get('tenant', given.id, 2)).toBeUndefined();
  });

  test('lists have the newest version of each workflow and turn their pages newest first', async () => {
    const tenantId = unique('tenant');
    const given = upTo(5).map((n) => workflow({ tenantId, createdAt: n }));
    for (const each of given) await store.workflows.create(each);
    const [oldest] = given;
    if (oldest) await store.workflows.addVersion({ ...oldest, createdAt: 99 });
    const page = await store.workflows.list(tenantId, { limit: 3 });
    expect(page.items).toEqual(given.slice(2).reverse().map(first));
    const second = await store.workflows.list(tenantId, { limit: 3, cursor: page.nextCursor ?? '' });
    expect(second.items.map(({ id, version }) => [id, version])).toEqual([
      [given[1]?.id, 1],
      [oldest?.id, 2],
    ]);
    expect(second).not.toHaveProperty('nextCursor');
  });

  test.each([
    ['ÜBER', ['one']],
    ['ber', ['one', 'two']],
    ['100%', ['two']],
    ['%', ['two']],
    ['_', []],
    ['\\', ['three']],
    ['', ['one', 'two', 'three']],
    ['old', []],
  ])('a search for "%s" looks into names and descriptions of newest versions', async (search, names) => {
    const tenantId = unique('tenant');
    const ids: string[] = [];
    for (const [index, texts] of [
      { name: 'one', description: 'Über Bord' },
      { name: 'two bergs', description: '100% pure' },
      { name: 'three \\ old' },
    ].entries()) {
      const given = workflow({ tenantId, createdAt: 10 - index, definition: { ...definition, ...texts } });
      await store.workflows.create(given);
      ids.push(given.id);
    }
    const newest = { ...definition, name: 'three \\' };
    await store.workflows.addVersion(workflow({ tenantId, id: ids[2] ?? '', definition: newest }));
    const { items } = await store.workflows.list(tenantId, { limit: 10 }, { search });
    expect(items.map(({ definition: { name } }) => name.split(' ')[0])).toEqual(names);
  });

  test('versions are listed newest first, page by page', async () => {
    const given = workflow();
    await store.workflows.create(given);
    for (const createdAt of [200, 300, 400]) await store.workflows.addVersion({ ...given, createdAt });
    const pages = await pagesOf((page) => store.workflows.versions('tenant', given.id, page), 3);
    expect(pages.map((page) => page.map(({ version, updatedAt }) => [version, updatedAt]))).toEqual([
      [
        [4, 400],
        [3, 300],
        [2, 200],
      ],
      [[1, 100]],
    ]);
    const huge = Buffer.from(`[${Number.MAX_SAFE_INTEGER}]`).toString('base64url');
    const all = await store.workflows.versions('tenant', given.id, { limit: 9, cursor: huge });
    expect(all.items).toHaveLength(4);
    const refused = store.workflows.versions('tenant', given.id, { limit: 9, cursor: 'bm9wZQ' });
    await expect(refused).rejects.toBeInstanceOf(InvalidCursorError);
  });

  test('counted lists have the part that is asked for, and say how long they are', async () => {
    const tenantId = unique('tenant');
    const given = upTo(4).map((n) => workflow({ tenantId, createdAt: n }));
    for (const each of given) await store.workflows.create(each);
    const [oldest, second] = given;
    const renamed = { ...definition, name: 'found' };
    for (const createdAt of [7, 8]) await store.workflows.addVersion(workflow({ ...oldest, createdAt }));
    await store.workflows.addVersion(workflow({ ...second, definition: renamed }));

    const list = async (offset: number, limit: number, search?: string) => {
      const filter = search === undefined ? {} : { search };
      const { items, total } = await store.workflows.listCounted(tenantId, { offset, limit }, filter);
      return [total, ...items.map(({ id, version }) => `${id} ${version}`)];
    };
    const [first4, first3, first2, first1] = given
      .map(({ id }, index) => `${id} ${[3, 2, 1, 1][index]}`)
      .toReversed();
    expect(await list(0, 2)).toEqual([4, first4, first3]);
    expect(await list(2, 9)).toEqual([4, first2, first1]);
    expect(await list(4, 2)).toEqual([4]);
    expect(await list(0, 2, 'FOUND')).toEqual([1, first2]);

    const versions = async (whose: string, offset: number) => {
      const page = { offset, limit: 2 };
      const { items, total } = await store.workflows.versionsCounted(whose, oldest?.id ?? '', page);
      return [total, ...items.map(({ version }) => version)];
    };
    expect(await versions(tenantId, 0)).toEqual([3, 3, 2]);
    expect(await versions(tenantId, 2)).toEqual([3, 1]);
    expect(await versions(unique('tenant'), 0)).toEqual([0]);
  });

  test('pages of long workflows end after about 1 MiB, and turn on to the last', async () => {
    const tenantId = unique('tenant');
    const long = { ...definition, name: 'x'.repeat(400 * 1024) };
    const given = upTo(8).map((n) => workflow({ tenantId, createdAt: n, definition: long }));
    for (const each of given) await store.workflows.create(each);
    const pages = await pagesOf((page) => store.workflows.list(tenantId, page), 4);
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 2]);
    expect(pages.flat()).toEqual(given.toReversed().map(first));
  });
}
