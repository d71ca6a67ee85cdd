import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { postgresBackend, sqliteBackend } from './laws/backends.ts';
import { newRun, unique } from './laws/fixtures.ts';
import { openDatabase, type Store } from './store.ts';
import { isUnavailable } from './unavailable.ts';

const failureOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A list is read through knex, the others are not; a transaction takes a connection of its own. */
const questions = (store: Store) => [
  () => store.keys.findByHash('hash'),
  () => store.workflows.list('tenant', { limit: 1 }),
  () => store.runs.create(newRun({ idempotency: { key: unique('key'), fingerprint: 'same' } })),
];

describe('SQLite', () => {
  const backend = sqliteBackend();
  afterAll(backend.remove);

  test('a full disk is a store that takes no more just now', async () => {
    const { store, database } = await backend.open();
    const [{ page_count: pages }] = await database.knex.raw('PRAGMA page_count');
    await database.knex.raw(`PRAGMA max_page_count = ${pages}`);
    const run = newRun({ inputs: { text: 'x'.repeat(100_000) } });
    expect(await failureOf(store.runs.create(run))).toSatisfy(isUnavailable);
    await store.close();
  });

  test('a file that may not be written to is one too', async () => {
    const { store, database } = await backend.open();
    await database.knex.raw('PRAGMA query_only = 1');
    expect(await failureOf(store.runs.create(newRun()))).toSatisfy(isUnavailable);
    await store.close();
  });

  test('a fault of the server is none', async () => {
    const { store, database } = await backend.open();
    const failure = await failureOf(database.query('SELECT nothing FROM nowhere', []));
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toSatisfy(isUnavailable);
    expect(isUnavailable('SQLITE_FULL')).toBe(false);
    expect(isUnavailable(new Error('append', { cause: failure }))).toBe(false);
    await store.close();
  });
});

const postgres = await postgresBackend();

describe.skipIf(postgres.missing)(
  postgres.missing ? `PostgreSQL (${postgres.missing})` : 'PostgreSQL',
  () => {
    afterAll(postgres.remove);

    test('a connection that ends in the midst of a statement is a store that cannot be reached', async () => {
      const { store, database } = await postgres.open();
      const failure = await failureOf(database.query('SELECT pg_terminate_backend(pg_backend_pid())', []));
      expect(failure).toSatisfy(isUnavailable);
      expect(isUnavailable(new Error('append', { cause: failure }))).toBe(true);
      await store.close();
    });

    test('so is one whose connections are closed', async () => {
      const { store } = await postgres.open();
      await store.close();
      for (const ask of questions(store)) expect(await failureOf(ask())).toSatisfy(isUnavailable);
    });

    test('so is one that hangs up, or that nobody answers for', async () => {
      const open = (port: number) =>
        failureOf(openDatabase({ kind: 'postgres', url: `postgres://test@127.0.0.1:${port}/test` }));
      const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
      await once(rude, 'listening');
      const address = rude.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      expect(await open(address.port)).toSatisfy(isUnavailable);
      rude.close();
      await once(rude, 'close');
      expect(await open(address.port)).toSatisfy(isUnavailable);
    });

    test('a fault of the server is none', async () => {
      const { store, database } = await postgres.open();
      const failure = await failureOf(database.query('SELECT nothing FROM nowhere', []));
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toSatisfy(isUnavailable);
      await store.close();
    });
  },
);
