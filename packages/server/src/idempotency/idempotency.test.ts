import type { Operation } from '@flowwire/contract';
import { type AnyReply, type InterceptedCall, ProblemError } from '@flowwire/koa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../identity/principal.ts';
import { sqliteBackend } from '../store/laws/backends.ts';
import { unique } from '../store/laws/fixtures.ts';
import type { Store } from '../store/store.ts';
import { createIdempotency, type IdempotencyOptions } from './idempotency.ts';

const backend = sqliteBackend();
let store: Store;
beforeAll(async () => {
  ({ store } = await backend.open());
});
afterAll(async () => {
  await store.close();
  await backend.remove();
});

const createThing: Operation = {
  operationId: 'createThing',
  method: 'POST',
  path: '/things',
  parameters: [],
  replies: {},
  security: [],
  resumable: false,
  idempotencyKey: true,
};

const principal: Principal = { tenantId: 'tenant', keyId: 'key', appId: 'key', permissions: ['WRITE'] };

type Call = InterceptedCall<Principal>;

const keyed = (key: string, overrides: Partial<Call> = {}): Call => ({
  context: principal,
  path: {},
  query: {},
  headers: { 'Idempotency-Key': key },
  body: { name: 'one' },
  signal: new AbortController().signal,
  requestId: 'req',
  ...overrides,
});

const open = (options: Partial<IdempotencyOptions> = {}) =>
  createIdempotency({
    store: store.idempotency,
    owner: unique('process'),
    now: Date.now,
    onError: (error) => {
      throw error;
    },
    pollMs: 1,
    ...options,
  })(new Set(['startRun']));

const created = (body: unknown): AnyReply => ({ status: 201, body, headers: { Location: '/things/1' } });

/** A handler that counts, and answers each time something else. */
function counting(reply: (count: number) => AnyReply | Promise<AnyReply> = created) {
  let count = 0;
  return Object.assign(async () => reply(++count), { count: () => count });
}

describe('a request with an Idempotency-Key', () => {
  test('is carried out once; the same one later gets status, headers and body of the first, and is told so', async () => {
    const intercept = open();
    const handler = counting((count) => ({
      ...created({ text: `Grüße\u0000 ${count}` }),
      contentType: 'a/b',
    }));
    const call = keyed(unique('key'));
    const first = await intercept(createThing, call, handler);
    const second = await intercept(createThing, call, handler);
    expect(second).toEqual({ ...first, headers: { Location: '/things/1', 'Idempotency-Replayed': 'true' } });
    expect(handler.count()).toBe(1);
  });

  test('is answered by another process as by this one', async () => {
    const handler = counting();
    const call = keyed(unique('key'));
    const first = await open()(createThing, call, handler);
    expect(await open()(createThing, call, handler)).toMatchObject({ body: first.body });
  });

  test.each<[string, Partial<Call>, Partial<Operation>]>([
    ['another body', { body: { name: 'two' } }, {}],
    ['another query', { query: { dry: true } }, {}],
    ['another path', { path: { id: 'two' } }, {}],
    ['another operation', {}, { path: '/others' }],
    ['the same of another app of the tenant', { context: { ...principal, appId: 'desk' } }, {}],
  ])('is refused with %s', async (_what, call, operation) => {
    const intercept = open();
    const handler = counting();
    const key = unique('key');
    await intercept(createThing, keyed(key), handler);
    const other = intercept({ ...createThing, ...operation }, keyed(key, call), handler);
    await expect(other).rejects.toMatchObject({ problem: { kind: 'idempotency_key_reused', status: 409 } });
    expect(handler.count()).toBe(1);
  });

  test('compares files by name, media type and bytes', async () => {
    const intercept = open();
    const handler = counting();
    const key = unique('key');
    const send = (...files: Blob[]) =>
      intercept(createThing, keyed(key, { body: { files, note: 'n' } }), handler);
    const file = (text: string, name = 'a.txt', type = 'text/plain') => new File([text], name, { type });
    await send(file('one'), file('two'));
    expect(await send(file('one'), file('two'))).toMatchObject({ body: 1 });
    const others = [
      [file('one'), file('TWO')],
      [file('two'), file('one')],
      [file('one')],
      [file('one', 'b.txt'), file('two')],
      [file('one', 'a.txt', 'text/html'), file('two')],
    ];
    for (const files of others) await expect(send(...files)).rejects.toBeInstanceOf(ProblemError);
    const whole = keyed(unique('key'), { body: new Blob(['one']) });
    await intercept(createThing, whole, handler);
    expect(await intercept(createThing, whole, handler)).toMatchObject({ body: 2 });
    const other = { ...whole, body: new Blob(['ONE']) };
    await expect(intercept(createThing, other, handler)).rejects.toBeInstanceOf(ProblemError);
  });

  test('that is refused or fails gives its key back', async () => {
    const intercept = open();
    const key = unique('key');
    const refused = async (): Promise<AnyReply> => ({ status: 422, body: 'no' });
    const failing = async (): Promise<AnyReply> => {
      throw new Error('broken');
    };
    expect(await intercept(createThing, keyed(key), refused)).toMatchObject({ status: 422 });
    await expect(intercept(createThing, keyed(key), failing)).rejects.toThrow('broken');
    const corrected = keyed(key, { body: { name: 'corrected' } });
    expect(await intercept(createThing, corrected, counting())).toEqual(created(1));
  });

  test('that fails by a code in its answer gives its key back where the document has such codes', async () => {
    const intercept = open();
    const coded = { ...createThing, replies: { 200: { errorCodes: [1009] } } };
    const failed = async (): Promise<AnyReply> => ({ status: 200, body: { code: 1009, message: 'full' } });
    const key = unique('key');
    await intercept(coded, keyed(key), failed);
    const done = counting((count) => ({ status: 200, body: { code: 0, count } }));
    for (const _ of [1, 2])
      expect(await intercept(coded, keyed(key), done)).toMatchObject({ body: { code: 0, count: 1 } });
    const other = keyed(unique('key'));
    await intercept(createThing, other, failed);
    expect(await intercept(createThing, other, done)).toMatchObject({ body: { code: 1009 } });
  });

  test('whose answer is too long to be kept is not carried out again', async () => {
    const intercept = open();
    const handler = counting(() => ({ status: 200, body: 'x'.repeat(4 * 1024 * 1024) }));
    const call = keyed(unique('key'));
    expect(await intercept(createThing, call, handler)).toMatchObject({ status: 200 });
    await expect(intercept(createThing, call, handler)).rejects.toThrow(/too long to be kept/);
    expect(handler.count()).toBe(1);
  });

  test('passes where there is no key, the document has none, or the key is that of a run', async () => {
    const intercept = open();
    const handler = counting();
    const key = unique('key');
    for (const [operation, call] of [
      [createThing, keyed(key, { headers: {} })],
      [{ ...createThing, idempotencyKey: false }, keyed(key)],
      [{ ...createThing, operationId: 'startRun' }, keyed(key)],
    ] as const) {
      await intercept(operation, call, handler);
      await intercept(operation, call, handler);
    }
    expect(handler.count()).toBe(6);
  });
});

describe('the same request while the first is at work', () => {
  /** A first request that answers when `finish` is called. */
  async function begun(options: Partial<IdempotencyOptions> = {}) {
    const intercept = open(options);
    const call = keyed(unique('key'));
    let begin = () => {};
    let finish = () => {};
    const isAtWork = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = intercept(createThing, call, async () => {
      begin();
      await done;
      return created('first');
    });
    await isAtWork;
    return { intercept, call, first, finish };
  }
  const never = counting(() => {
    throw new Error('carried out twice');
  });

  test('waits for its answer, in this process and in another', async () => {
    const { intercept, call, first, finish } = await begun();
    const waiting = [intercept(createThing, call, never), open()(createThing, call, never)];
    finish();
    expect(await first).toEqual(created('first'));
    for (const reply of await Promise.all(waiting)) expect(reply).toMatchObject({ body: 'first' });
  });

  test('is told to come again when that takes too long', async () => {
    const options = { waitMs: 20 };
    const { intercept, call, first, finish } = await begun(options);
    for (const process of [intercept, open(options)]) {
      await expect(process(createThing, call, never)).rejects.toMatchObject({
        problem: { kind: 'unavailable', status: 503, headers: { 'Retry-After': '5' } },
      });
    }
    finish();
    await first;
  });

  test('is let go when its client leaves', async () => {
    const { intercept, call, first, finish } = await begun();
    for (const process of [intercept, open()]) {
      const client = new AbortController();
      const waiting = process(createThing, { ...call, signal: client.signal }, never);
      const reason = new Error('gone');
      client.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    }
    finish();
    await first;
  });

  test('is carried out when the process of the first has died', async () => {
    const { call, finish } = await begun();
    const owner = unique('next process');
    await store.idempotency.recover(owner);
    const handler = counting();
    expect(await open({ owner })(createThing, call, handler)).toEqual(created(1));
    finish();
    expect(await open()(createThing, call, handler)).toMatchObject({ body: 1 });
  });
});

describe('a store that fails', () => {
  const failing = (method: 'answer' | 'release', errors: unknown[]): Partial<IdempotencyOptions> => ({
    store: {
      ...store.idempotency,
      [method]: async () => {
        throw new Error('no store');
      },
    },
    onError: (error) => errors.push(error),
  });

  test('while the answer is kept does not take it from the client', async () => {
    const errors: unknown[] = [];
    expect(await open(failing('answer', errors))(createThing, keyed(unique('key')), counting())).toEqual(
      created(1),
    );
    expect(errors).toEqual([expect.objectContaining({ message: 'no store' })]);
  });

  test('while a key is given back does not lock the request out', async () => {
    const errors: unknown[] = [];
    const owner = unique('process');
    const call = keyed(unique('key'));
    const broken = async (): Promise<AnyReply> => {
      throw new Error('broken');
    };
    const intercept = open({ ...failing('release', errors), owner });
    await expect(intercept(createThing, call, broken)).rejects.toThrow('broken');
    expect(errors).toHaveLength(1);
    expect(await intercept(createThing, call, counting())).toEqual(created(1));
  });
});

test('however requests with one key interleave, in two processes, at most one has an effect', async () => {
  const request = fc.record({
    process: fc.constantFrom(0, 1),
    name: fc.constantFrom('one', 'two'),
    ends: fc.constantFrom('well', 'well', 'refused', 'broken'),
  });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(request, { maxLength: 8 }), async (scheduler, requests) => {
      const processes = [open(), open()];
      const key = unique('key');
      const effects: string[] = [];
      const ask = async ({ process, name, ends }: (typeof requests)[number]) => {
        await scheduler.schedule(Promise.resolve());
        return processes[process]?.(createThing, keyed(key, { body: { name } }), async () => {
          await scheduler.schedule(Promise.resolve());
          if (ends === 'broken') throw new Error('broken');
          if (ends === 'refused') return { status: 422 };
          effects.push(name);
          return created(`${name} ${effects.length}`);
        });
      };
      const asking = Promise.allSettled(requests.map(ask));
      await scheduler.waitFor(asking);
      const told = (await asking).map((each) =>
        each.status === 'fulfilled' ? (each.value?.body ?? 'refused') : each.reason.message,
      );
      expect(effects.length).toBeLessThanOrEqual(1);
      const reused = 'This Idempotency-Key was used with another request.';
      const fits = requests.map(({ name, ends }) => [
        ...(effects.includes(name) ? [`${name} 1`] : []),
        ...(ends === 'well' ? [] : [ends]),
        ...(requests.some((other) => other.name !== name) ? [reused] : []),
      ]);
      for (const [index, text] of told.entries()) expect(fits[index]).toContain(text);
      if (requests.length > 0 && requests.every(({ ends }) => ends === 'well'))
        expect(effects).toHaveLength(1);
    }),
    { numRuns: 100 },
  );
});
