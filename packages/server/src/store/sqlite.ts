import type SQLite from 'better-sqlite3';
import knex from 'knex';
import type { Database, Result, SqlValue, Statement, TransactionBody } from './database.ts';
import { knexLog } from './knex-log.ts';
import { migrateSqlite } from './migrations/index.ts';
import { lockSqlite } from './sqlite-lock.ts';

export interface SqliteBackend {
  readonly kind: 'sqlite';
  /** Its folder must exist. */
  readonly file: string;
  /**
   * Whether to keep every other server from the file. Default true. Without it two servers take each
   * other's runs: false is for a second handle that means to look on, as tests do.
   */
  readonly lock?: boolean;
  /**
   * What survives a power failure. NORMAL (the default) may lose the last commits, FULL loses none and
   * costs one fdatasync per flush. The death of the process alone loses nothing with either.
   */
  readonly synchronous?: 'NORMAL' | 'FULL';
}

const BUSY_TIMEOUT_MS = 5_000;

/** Locks, opens and migrates the file. Throws StoreLockedError when another server has it open. */
export async function openSqlite({ lock = true, ...backend }: SqliteBackend): Promise<Database> {
  const unlock = lock ? lockSqlite(backend.file) : () => {};
  try {
    const database = await open(backend);
    return { ...database, close: () => database.close().finally(unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Statements are prepared once, on knex's own connection. */
async function open({ file, synchronous = 'NORMAL' }: Omit<SqliteBackend, 'lock'>): Promise<Database> {
  let captured: SQLite.Database | undefined;
  const builder = knex({
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    log: knexLog,
    pool: {
      min: 1,
      max: 1,
      afterCreate(connection: SQLite.Database, done: (error?: unknown) => void) {
        connection.pragma('journal_mode = WAL');
        connection.pragma(`synchronous = ${synchronous}`);
        connection.pragma('foreign_keys = ON');
        connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
        captured = connection;
        done();
      },
    },
  });
  try {
    await migrateSqlite(builder);
  } catch (error) {
    await builder.destroy();
    throw error;
  }
  if (!captured) throw new Error('knex opened no SQLite connection');
  const { run, runUntil, transaction } = prepareOn(captured);

  return {
    dialect: 'sqlite',
    knex: builder,
    async query<Row>(sql: string, values: readonly SqlValue[]) {
      // The row type is the caller's; see Database.query.
      return run({ sql, values }) as Result<Row>;
    },
    async queryUntil<Row>(sql: string, values: readonly SqlValue[], isLast: (row: Row) => boolean) {
      return runUntil({ sql, values }, isLast);
    },
    async transaction(body) {
      return transaction(body);
    },
    close: () => builder.destroy(),
  };
}

function prepareOn(connection: SQLite.Database) {
  // As many entries as there are SQL texts in the source: none is built from data.
  const prepared = new Map<string, SQLite.Statement>();

  const prepare = (sql: string): SQLite.Statement => {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = connection.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };

  const run = ({ sql, values }: Statement): Result => {
    const statement = prepare(sql);
    if (statement.reader) return { rows: statement.all(...values), changes: 0 };
    return { rows: [], changes: statement.run(...values).changes };
  };

  const runUntil = <Row>({ sql, values }: Statement, isLast: (row: Row) => boolean): readonly Row[] => {
    const rows: Row[] = [];
    for (const found of prepare(sql).iterate(...values)) {
      // The row type is the caller's; see Database.query.
      const row = found as Row;
      rows.push(row);
      if (isLast(row)) break;
    }
    return rows;
  };

  const inTransaction = connection.transaction((work: () => void) => work()).immediate;

  const transaction = <T>(body: () => TransactionBody<T>): T => {
    const outcome: { value?: T } = {};
    inTransaction(() => {
      const steps = body();
      let step = steps.next();
      while (!step.done) step = steps.next(run(step.value));
      outcome.value = step.value;
    });
    // Set whenever inTransaction returns.
    return outcome.value as T;
  };

  return { run, runUntil, transaction };
}
