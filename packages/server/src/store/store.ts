import type { EventLog, RunStore, Wake, WorkflowStore } from '@flowwire/engine';
import type { KeyStore } from '../identity/key-store.ts';
import type { Database } from './database.ts';
import { createEventLog } from './event-log.ts';
import { createKeyStore } from './key-store.ts';
import { openPostgres, type PostgresBackend } from './postgres.ts';
import { createRunStore } from './run-store.ts';
import { openSqlite, type SqliteBackend } from './sqlite.ts';
import { createWorkflowStore } from './workflow-store.ts';

export type Backend = SqliteBackend | PostgresBackend;

export interface StoreOptions {
  /** Told of each committed append. */
  readonly wake: Pick<Wake, 'appended'>;
  /** Milliseconds since the epoch; default Date.now. */
  readonly now?: () => number;
  /** How long a busy event log gathers appends for one commit; 5-20 ms. Default 5. */
  readonly flushIntervalMs?: number;
}

export interface Store {
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly workflows: WorkflowStore;
  readonly keys: KeyStore;
  /** Throws the database's error when it does not answer. */
  ping(): Promise<void>;
  /** Commits what was appended, then closes the database. */
  close(): Promise<void>;
}

/** Opens the database, brings its schema up to date and answers the stores in it. */
export const openStore = async (backend: Backend, options: StoreOptions): Promise<Store> =>
  createStore(await openDatabase(backend), options);

export const openDatabase = (backend: Backend): Promise<Database> =>
  backend.kind === 'sqlite' ? openSqlite(backend) : openPostgres(backend);

/** The stores in an open database, which they own from now on. */
export function createStore(database: Database, options: StoreOptions): Store {
  const now = options.now ?? Date.now;
  const { wake, flushIntervalMs } = options;
  const log = createEventLog(database, {
    wake,
    now,
    ...(flushIntervalMs !== undefined && { flushIntervalMs }),
  });
  let closing: Promise<void> | undefined;
  return {
    log,
    runs: createRunStore(database),
    workflows: createWorkflowStore(database),
    keys: createKeyStore(database, now),
    async ping() {
      await database.query('SELECT 1', []);
    },
    close() {
      closing ??= log.drain().then(() => database.close());
      return closing;
    },
  };
}
