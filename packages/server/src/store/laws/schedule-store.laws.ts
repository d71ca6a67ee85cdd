import { InvalidCursorError, type Schedule } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { pagesOf, unique, upTo } from './fixtures.ts';

export function scheduleStoreLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const create = async (overrides: Partial<Schedule> = {}): Promise<Schedule> => {
    const schedule: Schedule = {
      id: unique('sch'),
      tenantId: 'tenant',
      workflowId: 'wf_1',
      cron: '0 9 * * 1-5',
      timeZone: 'Europe/Berlin',
      inputs: { odd: "'\u0000✓" },
      overlap: 'skip',
      missed: 'run_once',
      enabled: true,
      createdAt: 1,
      updatedAt: 2,
      ...overrides,
    };
    await store.schedules.create(schedule);
    return schedule;
  };
  const get = ({ tenantId, id }: Schedule) => store.schedules.get(tenantId, id);

  test('a schedule reads back as it was given', async () => {
    const full = { nextAt: 5, lastAt: 4, lastRunId: 'run_1', lastError: 'it failed', enabled: false };
    for (const schedule of [await create(), await create(full)]) {
      expect(await get(schedule)).toEqual(schedule);
      expect(await store.schedules.get(unique('tenant'), schedule.id)).toBeUndefined();
      await expect(store.schedules.create(schedule)).rejects.toThrow(/exists/);
    }
  });

  test('an update replaces all of it, unless it is gone or another tenant', async () => {
    const { nextAt: _, ...schedule } = await create({ nextAt: 5 });
    const changed: Schedule = { ...schedule, cron: '@daily', enabled: false, overlap: 'allow', updatedAt: 9 };
    expect(await store.schedules.update({ ...changed, tenantId: unique('tenant') })).toBeUndefined();
    expect(await store.schedules.update(changed)).toEqual(changed);
    expect(await get(schedule)).toEqual(changed);
    expect(await store.schedules.delete(unique('tenant'), schedule.id)).toBe(false);
    expect(await store.schedules.delete('tenant', schedule.id)).toBe(true);
    expect(await store.schedules.delete('tenant', schedule.id)).toBe(false);
    expect(await store.schedules.update(changed)).toBeUndefined();
  });

  test('lists turn their pages newest first', async () => {
    const tenantId = unique('tenant');
    const made: Schedule[] = [];
    for (const createdAt of upTo(5)) made.unshift(await create({ tenantId, createdAt }));
    const pages = await pagesOf((page) => store.schedules.list(tenantId, page), 2);
    expect(pages).toEqual([made.slice(0, 2), made.slice(2, 4), made.slice(4)]);
    const refused = store.schedules.list(tenantId, { limit: 1, cursor: '!' });
    await expect(refused).rejects.toBeInstanceOf(InvalidCursorError);
  });

  test('due are the enabled ones whose time has come, oldest first', async () => {
    const second = await create({ nextAt: 20 });
    const first = await create({ nextAt: 10 });
    const third = await create({ nextAt: 30 });
    await create({ nextAt: 10, enabled: false });
    await create({ nextAt: 31 });
    await create();
    expect(await store.schedules.due(30, 10)).toEqual([first, second, third]);
    expect(await store.schedules.due(30, 2)).toEqual([first, second]);
    for (const { id } of [first, second, third]) await store.schedules.delete('tenant', id);
  });

  test('one of 20 that move a time on does so', async () => {
    const other = await open();
    const schedule = await create({ nextAt: 10 });
    const moves = await Promise.all(
      upTo(20).map((n) => (n % 2 ? store : other.store).schedules.advance(schedule.id, 10, 100 + n)),
    );
    expect(moves.filter(Boolean)).toHaveLength(1);
    expect((await get(schedule))?.nextAt).toBe(101 + moves.indexOf(true));
    await other.store.close();
  });

  test('a schedule may be moved to no time at all', async () => {
    const schedule = await create({ nextAt: 10 });
    expect(await store.schedules.advance(schedule.id, 9, 20)).toBe(false);
    expect(await store.schedules.advance(schedule.id, 10, undefined)).toBe(true);
    expect(await get(schedule)).not.toHaveProperty('nextAt');
    expect(await store.schedules.advance(unique('sch'), 10, 20)).toBe(false);
  });

  test('what became of a time is told; the last run stays known when one started none', async () => {
    const schedule = await create();
    await store.schedules.record(schedule.id, { at: 10, runId: 'run_1' });
    expect(await get(schedule)).toEqual({ ...schedule, lastAt: 10, lastRunId: 'run_1' });
    await store.schedules.record(schedule.id, { at: 20, error: 'the queue is full' });
    const failed = { ...schedule, lastAt: 20, lastRunId: 'run_1', lastError: 'the queue is full' };
    expect(await get(schedule)).toEqual(failed);
    await store.schedules.record(schedule.id, { at: 30, runId: 'run_2' });
    expect(await get(schedule)).toEqual({ ...schedule, lastAt: 30, lastRunId: 'run_2' });
  });
}
