import type {
  ConversationStore,
  EventLog,
  RunStore,
  ScheduleStore,
  SecretStore,
  StatsStore,
  Wake,
  WorkflowStore,
} from '@flowwire/engine';
import type { AuditStore } from '../audit/audit-log.ts';
import type { FileRecords } from '../files/file-store.ts';
import type { FlowStore } from '../flows/flow-store.ts';
import type { IdempotencyStore } from '../idempotency/idempotency-store.ts';
import type { AppStore } from '../identity/app-store.ts';
import type { KeyStore } from '../identity/key-store.ts';
import type { LoginStore } from '../identity/login-store.ts';
import type { RateCountStore } from '../limits/rate-limiter.ts';
import { createAppStore } from './app-store.ts';
import { createAuditStore } from './audit-store.ts';
import { createConversationStore } from './conversation-store.ts';
import type { Database } from './database.ts';
import { createEventLog } from './event-log.ts';
import { createFileRecords } from './file-records.ts';
import { createFlowStore } from './flow-store.ts';
import { createIdempotencyStore } from './idempotency-store.ts';
import { createKeyStore } from './key-store.ts';
import { createLoginStore } from './login-store.ts';
import { openPostgres, type PostgresBackend } from './postgres.ts';
import { createRateCountStore } from './rate-count-store.ts';
import { createRunStore } from './run-store.ts';
import { createScheduleStore } from './schedule-store.ts';
import { createSecretStore } from './secret-store.ts';
import { openSqlite, type SqliteBackend } from './sqlite.ts';
import { createStatsStore } from './stats-store.ts';
import { createWorkflowStore } from './workflow-store.ts';

export type Backend = SqliteBackend | PostgresBackend;

export interface StoreOptions {
  /** Told of each committed append. */
  readonly wake: Pick<Wake, 'appended'>;
  /** 32 bytes that secrets are encrypted with; see `loadSecretKey`. */
  readonly secretKey: Buffer;
  /** Milliseconds since the epoch; default Date.now. */
  readonly now?: () => number;
  /** How long a busy event log gathers appends for one commit; 5-20 ms. Default 5. */
  readonly flushIntervalMs?: number;
}

export interface Store {
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly workflows: WorkflowStore;
  readonly flows: FlowStore;
  readonly fileRecords: FileRecords;
  readonly keys: KeyStore;
  readonly logins: LoginStore;
  readonly apps: AppStore;
  readonly auditEntries: AuditStore;
  readonly idempotency: IdempotencyStore;
  readonly rateCounts: RateCountStore;
  readonly conversations: ConversationStore;
  readonly secrets: SecretStore;
  readonly schedules: ScheduleStore;
  readonly stats: StatsStore;
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
  const { wake, secretKey, flushIntervalMs } = options;
  const log = createEventLog(database, {
    wake,
    now,
    ...(flushIntervalMs !== undefined && { flushIntervalMs }),
  });
  let closing: Promise<void> | undefined;
  return {
    log,
    runs: createRunStore(database, { onPruned: log.forget }),
    workflows: createWorkflowStore(database),
    keys: createKeyStore(database, now),
    logins: createLoginStore(database),
    apps: createAppStore(database),
    auditEntries: createAuditStore(database),

    idempotency: createIdempotencyStore(database),
    rateCounts: createRateCountStore(database),
    flows: createFlowStore(database),
    fileRecords: createFileRecords(database),
    conversations: createConversationStore(database),
    secrets: createSecretStore(database, secretKey),
    schedules: createScheduleStore(database),
    stats: createStatsStore(database),
    async ping() {
      await database.query('SELECT 1', []);
    },
    close() {
      closing ??= log.drain().then(() => database.close());
      return closing;
    },
  };
}
