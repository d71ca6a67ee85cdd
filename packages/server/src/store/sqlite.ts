import type SQLite from 'better-sqlite3';
import knex from 'knex';
import type { Database, Result, SqlValue, Statement, TransactionBody } from './database.ts';
import { migrateSqlite } from './migrations/index.ts';

export interface SqliteBackend {
  readonly kind: 'sqlite';
  /** Its folder must exist. One process at a time opens it. */
  readonly file: string;
  /**
   * What survives a power failure. NORMAL (the default) may lose the last commits, FULL loses none and
   * costs one fdatasync per flush. The death of the process alone loses nothing with either.
   */
  readonly synchronous?: 'NORMAL' | 'FULL';
}

const BUSY_TIMEOUT_MS = 5_000;

/** Opens and migrates the file. Statements are prepared once, on knex's own connection. */
export async function openSqlite({ file, synchronous = 'NORMAL' }: SqliteBackend): Promise<Database> {
  let captured: SQLite.Database | undefined;
  const builder = knex({
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
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
  const { run, transaction } = prepareOn(captured);

  return {
    dialect: 'sqlite',
    knex: builder,
    async query<Row>(sql: string, values: readonly SqlValue[]) {
      // The row type is the caller's; see Database.query.
      return run({ sql, values }) as Result<Row>;
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

  const run = ({ sql, values }: Statement): Result => {
    let statement = prepared.get(sql);
    if (!statement) {
      statement = connection.prepare(sql);
      prepared.set(sql, statement);
    }
    if (statement.reader) return { rows: statement.all(...values), changes: 0 };
    return { rows: [], changes: statement.run(...values).changes };
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

  return { run, transaction };
}
