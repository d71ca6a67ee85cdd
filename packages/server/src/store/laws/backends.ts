import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Database } from '../database.ts';
import { quoteIdentifier } from '../postgres.ts';
import { type Backend, createStore, openDatabase, type Store, type StoreOptions } from '../store.ts';

export interface OpenedStore {
  readonly store: Store;
  readonly database: Database;
}

/** Opens the same data each time, as another process would. */
export type OpenLawStore = (options?: Partial<StoreOptions>) => Promise<OpenedStore>;

export interface LawBackend {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly missing?: string;
  readonly open: OpenLawStore;
  readonly remove: () => Promise<void>;
}

const opener =
  (backend: () => Promise<Backend>): OpenLawStore =>
  async (options) => {
    const database = await openDatabase(await backend());
    return { database, store: createStore(database, { wake: { appended() {} }, ...options }) };
  };

/** In a folder of its own, made at first use. */
export function sqliteBackend(): LawBackend & { readonly fileOf: () => Promise<string> } {
  let folder: Promise<string> | undefined;
  const fileOf = async () => {
    folder ??= mkdtemp(join(tmpdir(), 'flowwire-store-'));
    return join(await folder, 'store.db');
  };
  return {
    name: 'SQLite',
    fileOf,
    // Without the lock: the laws open the same data several times on purpose.
    open: opener(async () => ({ kind: 'sqlite', file: await fileOf(), lock: false })),
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
export async function postgresBackend(): Promise<LawBackend> {
  const found = await findPostgres();
  const schema = `laws_${process.pid}_${Date.now()}`;
  return {
    name: 'PostgreSQL',
    ...('missing' in found && { missing: found.missing }),
    open: opener(async () => {
      if ('missing' in found) throw new Error(found.missing);
      return { kind: 'postgres', url: found.url, schema, poolSize: 8 };
    }),
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
