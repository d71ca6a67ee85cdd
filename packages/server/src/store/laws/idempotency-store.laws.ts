import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KeyedRequest } from '../../idempotency/idempotency-store.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { newRun, unique } from './fixtures.ts';

const DAY_MS = 24 * 3_600_000;

export function idempotencyStoreLaws(open: OpenTables) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const request = (overrides: Partial<KeyedRequest> = {}): KeyedRequest => ({
    tenantId: 'tenant',
    key: unique('key'),
    fingerprint: 'same',
    owner: 'process 1',
    at: DAY_MS,
    ...overrides,
  });
  const reserve = (asked: KeyedRequest, overrides: Partial<KeyedRequest> = {}) =>
    store.idempotency.reserve({ ...asked, ...overrides });
  const elsewhere = { owner: 'process 2' };

  test('a key is taken once, and then tells the answer to the same request', async () => {
    const first = request();
    expect(await reserve(first)).toEqual({ outcome: 'reserved' });
    expect(await reserve(first, elsewhere)).toEqual({ outcome: 'pending' });
    const reply = '{"text":"Grüße\\u0000 ✓"}';
    await store.idempotency.answer(first, reply);
    expect(await reserve(first)).toEqual({ outcome: 'answered', reply });
    expect(await reserve(first, elsewhere)).toEqual({ outcome: 'answered', reply });
  });

  test('another request with a key that is taken is a conflict, before the answer and after it', async () => {
    const first = request();
    await reserve(first);
    expect(await reserve(first, { fingerprint: 'other' })).toEqual({ outcome: 'conflict' });
    await store.idempotency.answer(first, '{}');
    expect(await reserve(first, { fingerprint: 'other' })).toEqual({ outcome: 'conflict' });
  });

  test('a key of one tenant is free for another', async () => {
    const first = request();
    await reserve(first);
    expect(await reserve(first, { tenantId: unique('tenant'), fingerprint: 'other' })).toEqual({
      outcome: 'reserved',
    });
  });

  test('a key that was given back is free for any request', async () => {
    const first = request();
    await reserve(first);
    await store.idempotency.release(first);
    expect(await reserve(first, { ...elsewhere, fingerprint: 'other' })).toEqual({ outcome: 'reserved' });
  });

  test('an answer stays when its key is given back too late', async () => {
    const first = request();
    await reserve(first);
    await store.idempotency.answer(first, '{}');
    await store.idempotency.release(first);
    expect(await reserve(first)).toEqual({ outcome: 'answered', reply: '{}' });
  });

  test('a key is known for 24 hours after it was taken', async () => {
    const first = request();
    await reserve(first);
    await store.idempotency.answer(first, '{}');
    expect(await reserve(first, { at: 2 * DAY_MS - 1 })).toEqual({ outcome: 'answered', reply: '{}' });
    const next = { ...first, ...elsewhere, fingerprint: 'other', at: 2 * DAY_MS };
    expect(await reserve(next)).toEqual({ outcome: 'reserved' });
    expect(await reserve(first, { at: 2 * DAY_MS })).toEqual({ outcome: 'conflict' });
  });

  test('a process may take again what it holds and has not answered, for the same request only', async () => {
    const first = request();
    await reserve(first);
    expect(await reserve(first)).toEqual({ outcome: 'reserved' });
    expect(await reserve(first, { fingerprint: 'other' })).toEqual({ outcome: 'conflict' });
  });

  test('what a dead process has not answered is taken over by the same request, once', async () => {
    const [unanswered, answered] = [request({ owner: unique('dead') }), request({ owner: unique('dead') })];
    await reserve(unanswered);
    await reserve(answered);
    await store.idempotency.answer(answered, '{}');
    const live = unique('live');
    const own = request({ owner: live });
    await reserve(own);
    await store.idempotency.recover(live);
    expect(await reserve(answered, { owner: live })).toEqual({ outcome: 'answered', reply: '{}' });
    expect(await reserve(own, elsewhere)).toEqual({ outcome: 'pending' });
    expect(await reserve(unanswered, { fingerprint: 'other' })).toEqual({ outcome: 'conflict' });
    expect(await reserve(unanswered, { owner: live })).toEqual({ outcome: 'reserved' });
    expect(await reserve(unanswered, elsewhere)).toEqual({ outcome: 'pending' });
  });

  test('who comes too late neither answers nor frees a key that was taken over', async () => {
    const dead = request({ owner: unique('dead') });
    await reserve(dead);
    const live = { ...dead, owner: unique('live') };
    await store.idempotency.recover(live.owner);
    await reserve(live);
    await store.idempotency.answer(dead, '"of the dead"');
    await store.idempotency.release(dead);
    expect(await reserve(dead, elsewhere)).toEqual({ outcome: 'pending' });
  });

  test('a key that a request took starts no run', async () => {
    const taken = request({ at: 1_000 });
    await reserve(taken);
    const start = () =>
      store.runs.create(newRun({ idempotency: { key: taken.key, fingerprint: taken.fingerprint } }));
    expect(await start()).toEqual({ outcome: 'conflict' });
    expect(await store.runs.findRepeated('tenant', taken, 1_000)).toEqual({ outcome: 'conflict' });
    await store.idempotency.answer(taken, '{}');
    expect(await start()).toEqual({ outcome: 'conflict' });
    const expired = newRun({
      createdAt: DAY_MS + 1_000,
      idempotency: { key: taken.key, fingerprint: 'run' },
    });
    expect(await store.runs.create(expired)).toMatchObject({ outcome: 'created' });
    expect(await reserve(taken, { fingerprint: 'run', at: DAY_MS + 1_001 })).toEqual({ outcome: 'conflict' });
  });

  test('a key that started a run is a conflict for any other request', async () => {
    const key = unique('key');
    await store.runs.create(newRun({ idempotency: { key, fingerprint: 'same' } }));
    const asked = request({ key, at: 1_000 });
    expect(await reserve(asked)).toEqual({ outcome: 'conflict' });
    await store.idempotency.recover('process 3');
    await store.idempotency.release(asked);
    expect(await reserve(asked)).toEqual({ outcome: 'conflict' });
  });

  test('of requests of several processes at once, one takes the key', async () => {
    const other = (await open()).store;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ elsewhere: fc.boolean(), same: fc.boolean() }), { minLength: 2, maxLength: 12 }),
        async (plans) => {
          const key = unique('key');
          const requests = plans.map(({ same }, index) =>
            request({ key, owner: `process ${index}`, fingerprint: same ? 'same' : 'other' }),
          );
          const outcomes = await Promise.all(
            requests.map((asked, index) =>
              (plans[index]?.elsewhere ? other : store).idempotency.reserve(asked),
            ),
          );
          const winner = outcomes.findIndex(({ outcome }) => outcome === 'reserved');
          const expected = requests.map(({ fingerprint }, index) => {
            if (index === winner) return 'reserved';
            return fingerprint === requests[winner]?.fingerprint ? 'pending' : 'conflict';
          });
          expect(outcomes.map(({ outcome }) => outcome)).toEqual(expected);
        },
      ),
      { numRuns: 20 },
    );
    await other.close();
  });

  test('expired keys are deleted in passing', async () => {
    const { store: own, database } = await open();
    const [old, later] = [request({ at: 10 * DAY_MS }), request({ at: 12 * DAY_MS })];
    for (const each of [old, later]) await own.idempotency.reserve(each);
    const rows = await database.knex('idempotency_keys').select('key').whereIn('key', [old.key, later.key]);
    expect(rows).toEqual([{ key: later.key }]);
    await own.close();
  });
}
