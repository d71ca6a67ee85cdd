import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@flowwire/engine';
import { createMemoryData, createMemoryStore } from '@flowwire/engine/testing';
import pg from 'pg';
import type { Database } from '../database.ts';
import { type PostgresBackend, quoteIdentifier } from '../postgres.ts';
import type { SqliteBackend } from '../sqlite.ts';
import { type Backend, createStore, openDatabase, type Store, type StoreOptions } from '../store.ts';

/** What the laws are about: every port that is kept. */
export type LawStore = Omit<
  Store,
  | 'flows'
  | 'fileRecords'
  | 'keys'
  | 'logins'
  | 'apps'
  | 'auditEntries'
  | 'idempotency'
  | 'rateCounts'
  | 'ping'
>;

/** Opens the same data each time, as another process would. */
export type OpenLawStore = (options?: Partial<StoreOptions>) => Promise<{ readonly store: LawStore }>;

export interface OpenedTables {
  readonly store: Store;
  readonly database: Database;
}

/** As OpenLawStore, for laws about what stands in the tables. */
export type OpenTables = (options?: Partial<StoreOptions>) => Promise<OpenedTables>;

export interface LawBackend<Open extends OpenLawStore> {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly missing?: string;
  readonly open: Open;
  readonly remove: () => Promise<void>;
}

/** A backend of which tests may also know where its data is. */
export interface TablesBackend<Target extends Backend = Backend> extends LawBackend<OpenTables> {
  readonly target: () => Promise<Target>;
}

/** The same for every store of this process, so that one reads what another one kept. */
const SECRET_KEY = randomBytes(32);

const opener =
  (backend: () => Promise<Backend>): OpenTables =>
  async (options) => {
    const database = await openDatabase(await backend());
    const defaults = { wake: { appended() {} }, secretKey: SECRET_KEY };
    return { database, store: createStore(database, { ...defaults, ...options }) };
  };

/** The engine's test doubles obey the laws too: what is tested with them holds with a database. */
export function memoryBackend(): LawBackend<OpenLawStore> {
  const data = createMemoryData();
  return {
    name: 'memory',
    async open({ wake, now = systemClock.now } = {}) {
      const clock = { ...systemClock, now };
      const hints = { onAppended: () => () => {}, commanded() {}, onCommanded: () => () => {} };
      const memory = createMemoryStore({ data, clock, ...(wake && { wake: { ...hints, ...wake } }) });
      return { store: { ...memory, close: async () => {} } };
    },
    remove: async () => {},
  };
}

/** In a folder of its own, made at first use. */
export function sqliteBackend(): TablesBackend<SqliteBackend> {
  let folder: Promise<string> | undefined;
  const target = async (): Promise<SqliteBackend> => {
    folder ??= mkdtemp(join(tmpdir(), 'flowwire-store-'));
    // Without the lock: the laws open the same data several times on purpose.
    return { kind: 'sqlite', file: join(await folder, 'store.db'), lock: false };
  };
  return {
    name: 'SQLite',
    target,
    open: opener(target),
    async remove() {
      if (folder) await rm(await folder, { recursive: true });
    },
  };
}

/** Removes a schema and all that is in it. */
export async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS ${quoteIdentifier(schema)} CASCADE`);
  await client.end();
}

/** In a schema of its own, so that it may share its database with others. */
export async function postgresBackend(): Promise<
  TablesBackend<PostgresBackend & { readonly schema: string }>
> {
  const found = await findPostgres();
  const schema = `laws_${process.pid}_${randomBytes(4).toString('hex')}`;
  const target = async () => {
    if ('missing' in found) throw new Error(found.missing);
    return { kind: 'postgres', url: found.url, schema, poolSize: 8 } as const;
  };
  return {
    name: 'PostgreSQL',
    ...('missing' in found && { missing: found.missing }),
    target,
    open: opener(target),
    async remove() {
      if ('url' in found) await dropSchema(found.url, schema);
    },
  };
}

/** The PostgreSQL that tests may use, or why there is none. */
export async function findPostgres(): Promise<{ url: string } | { missing: string }> {
  const configured = process.env.TEST_DATABASE_URL;
  const urls = configured
    ? [configured]
    : ['postgres', 'root'].map((user) => `postgres://${user}@127.0.0.1:5432/test`);
  let reason: unknown;
  for (const url of urls) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    try {
      await client.connect();
      await client.end();
      return { url };
    } catch (error) {
      reason = error;
    }
  }
  return { missing: `not reached: ${reason instanceof Error ? reason.message : String(reason)}` };
}
