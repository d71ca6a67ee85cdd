import { writeFile } from 'node:fs/promises';
import {
  createCodeSandbox,
  createHttpSender,
  createNoMail,
  createOfflineModel,
  executeRun,
  systemClock,
} from '@flowwire/engine';
import { afterAll, describe, expect, test } from 'vitest';
import { execute } from './database.ts';
import { appStoreLaws } from './laws/app-store.laws.ts';
import { auditStoreLaws } from './laws/audit-store.laws.ts';
import { memoryBackend, type OpenLawStore, postgresBackend, sqliteBackend } from './laws/backends.ts';
import { conversationStoreLaws } from './laws/conversation-store.laws.ts';
import { eventLogLaws } from './laws/event-log.laws.ts';
import { fileRecordLaws } from './laws/file-records.laws.ts';
import { claimedRun, delta, deltas, upTo } from './laws/fixtures.ts';
import { flowStoreLaws } from './laws/flow-store.laws.ts';
import { idempotencyStoreLaws } from './laws/idempotency-store.laws.ts';
import { keyStoreLaws } from './laws/key-store.laws.ts';
import { loginStoreLaws } from './laws/login-store.laws.ts';
import { rateCountStoreLaws } from './laws/rate-count-store.laws.ts';
import { retentionLaws } from './laws/retention.laws.ts';
import { runCommandLaws } from './laws/run-commands.laws.ts';
import { runListLaws } from './laws/run-lists.laws.ts';
import { runQueueLaws } from './laws/run-queue.laws.ts';
import { runStoreLaws } from './laws/run-store.laws.ts';
import { scheduleStoreLaws } from './laws/schedule-store.laws.ts';
import { sealedSecretLaws } from './laws/sealed-secrets.laws.ts';
import { secretStoreLaws } from './laws/secret-store.laws.ts';
import { statsStoreLaws } from './laws/stats-store.laws.ts';
import { tableLaws } from './laws/tables.laws.ts';
import { workflowStoreLaws } from './laws/workflow-store.laws.ts';
import { StoreLockedError } from './sqlite-lock.ts';
import { openDatabase } from './store.ts';

const sqlite = sqliteBackend();
const postgres = await postgresBackend();

function lawsOfEveryStore(open: OpenLawStore) {
  describe('event log', () => eventLogLaws(open));
  describe('runs', () => runStoreLaws(open));
  describe('lists of runs', () => runListLaws(open));
  describe('commands', () => runCommandLaws(open));
  describe('the queue of runs', () => runQueueLaws(open));
  describe('retention', () => retentionLaws(open));
  describe('workflows', () => workflowStoreLaws(open));
  describe('conversations', () => conversationStoreLaws(open));
  describe('secrets', () => secretStoreLaws(open));
  describe('schedules', () => scheduleStoreLaws(open));
  describe('figures', () => statsStoreLaws(open));
}

describe('memory', () => lawsOfEveryStore(memoryBackend().open));

for (const { name, missing, open, remove } of [sqlite, postgres]) {
  describe.skipIf(missing)(missing ? `${name} (${missing})` : name, () => {
    afterAll(remove);
    lawsOfEveryStore(open);
    describe('tables', () => tableLaws(open));
    describe('flows', () => flowStoreLaws(open));
    describe('files', () => fileRecordLaws(open));
    describe('API keys', () => keyStoreLaws(open));
    describe('logins', () => loginStoreLaws(open));
    describe('apps', () => appStoreLaws(open));
    describe('the audit log', () => auditStoreLaws(open));

    describe('idempotency keys', () => idempotencyStoreLaws(open));
    describe('counts of requests', () => rateCountStoreLaws(open));
    describe('sealed secrets', () => sealedSecretLaws(open));

    test('the store answers a ping until it is closed', async () => {
      const { store } = await open();
      await store.ping();
      await Promise.all([store.close(), store.close()]);
      await expect(store.ping()).rejects.toThrow();
    });
  });
}

describe('SQLite alone', () => {
  const full = sqliteBackend();
  afterAll(full.remove);

  test('a full disk rejects the appends loudly, keeps what was committed, and heals', async () => {
    const { store, database } = await full.open();
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(1));
    const [{ page_count: pages }] = await database.knex.raw('PRAGMA page_count');
    await database.knex.raw(`PRAGMA max_page_count = ${pages + 2}`);
    await expect(store.log.append(lease, 2, deltas(500))).rejects.toThrow(/full/);
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({ lastSeq: 1 });
    expect(await store.log.read(lease.runId, 1, 10)).toEqual([]);
    await database.knex.raw('PRAGMA max_page_count = 1000000');
    await store.log.append(lease, 2, deltas(500));
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({ lastSeq: 501 });
    await store.close();
  });
});

describe('the lock of an SQLite file', () => {
  const { target, remove } = sqliteBackend();
  const fileOf = async () => (await target()).file;
  afterAll(remove);

  test('keeps a second server out until the first closes', async () => {
    const backend = { kind: 'sqlite', file: await fileOf() } as const;
    const first = await openDatabase(backend);
    await expect(openDatabase(backend)).rejects.toBeInstanceOf(StoreLockedError);
    await expect(openDatabase(backend)).rejects.toBeInstanceOf(StoreLockedError);
    await (await openDatabase({ ...backend, lock: false })).close();
    await expect(openDatabase(backend)).rejects.toBeInstanceOf(StoreLockedError);
    await first.close();
    await (await openDatabase(backend)).close();
  });

  test('is given back when the file cannot be opened', async () => {
    const backend = { kind: 'sqlite', file: `${await fileOf()}.broken` } as const;
    await writeFile(backend.file, 'not a database, and longer than the header of one'.repeat(100));
    for (const _ of upTo(2)) {
      await expect(openDatabase(backend)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' });
    }
  });
});

test('a run is taken up whole that has a log of several pages', async () => {
  const backend = sqliteBackend();
  const { store } = await backend.open();
  const { runId } = await claimedRun(store, { inputs: {} });
  const long = 'x'.repeat(200 * 1024);
  await store.log.append({ runId, epoch: 1 }, 1, [
    { type: 'run_started', workflowId: 'wf_1', inputs: {} },
    ...upTo(5).map(() => delta(long)),
  ]);
  await store.runs.recover('next');
  const run = await store.runs.claim(runId, 'next', 3_000);
  const services = {
    models: createOfflineModel(),
    http: createHttpSender({}),
    code: createCodeSandbox(),
    mail: createNoMail(),
    validateSchema: () => [],
    clock: { ...systemClock, now: () => 3_000 },
  };
  if (!run) throw new Error('the run was not queued again');
  const ending = await executeRun(
    run,
    { log: store.log, services, random: () => 0 },
    new AbortController().signal,
  );
  expect(ending).toBe('succeeded');
  await Promise.all([services.http.close(), services.code.close(), store.close()]);
  await backend.remove();
});

describe.skipIf(postgres.missing)('PostgreSQL alone', () => {
  afterAll(postgres.remove);

  test('of several processes that boot at once, one migrates', async () => {
    await postgres.remove();
    const opened = await Promise.all(upTo(4).map(() => postgres.open()));
    await Promise.all(opened.map(({ store }) => store.ping()));
    await Promise.all(opened.map(({ store }) => store.close()));
  });

  test('readers in another process follow a run that this one writes, and share what they read', async () => {
    const [writer, reader] = [await postgres.open(), await postgres.open()];
    const lease = await claimedRun(writer.store);
    for (const seq of upTo(5)) {
      await writer.store.log.append(lease, seq, deltas(1));
      const read = () => reader.store.log.read(lease.runId, seq - 1, 10);
      const [[one], [two]] = await Promise.all([read(), read()]);
      const [three] = await read();
      expect(one).toMatchObject({ seq, event: deltas(1)[0] });
      expect(one).toBe(two);
      expect(one).toBe(three);
    }
    await Promise.all([writer.store.close(), reader.store.close()]);
  });

  test('lost connections are replaced', async () => {
    const { store, database } = await postgres.open();
    const lease = await claimedRun(store);
    const endOwnConnection = () => database.query('SELECT pg_terminate_backend(pg_backend_pid())', []);
    const ended = await Promise.allSettled(upTo(8).map(endOwnConnection));
    expect(ended.map(({ status }) => status)).toEqual(upTo(8).map(() => 'rejected'));
    await store.log.append(lease, 1, deltas(1));
    expect(await store.log.read(lease.runId, 0, 10)).toHaveLength(1);
    await store.close();
  });

  test('transactions that deadlock are tried again', async () => {
    const { store, database } = await postgres.open();
    const [one, two] = [await claimedRun(store), await claimedRun(store)];
    const steps = 'UPDATE workflow_executions SET steps = steps + 1 WHERE id = ?';
    let attempts = 0;
    const crossing = (first: string, second: string, pauseSeconds: number) =>
      database.transaction(function* () {
        attempts += 1;
        yield* execute(steps, [first]);
        yield* execute('SELECT pg_sleep(?)', [pauseSeconds]);
        yield* execute(steps, [second]);
      });
    // Of different length, so that the server's deadlock checks find one to end and not both at once.
    await Promise.all([crossing(one.runId, two.runId, 0.1), crossing(two.runId, one.runId, 0.6)]);
    expect(attempts).toBeGreaterThan(2);
    for (const { runId } of [one, two])
      expect(await store.runs.get('tenant', runId)).toMatchObject({ steps: 2 });
    await store.close();
  });
});
