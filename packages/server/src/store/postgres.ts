import knex from 'knex';
import pg from 'pg';
import type { Database, Result, SqlValue, Statement, TransactionBody } from './database.ts';
import { knexLog } from './knex-log.ts';
import { migratePostgres } from './migrations/index.ts';

export interface PostgresBackend {
  readonly kind: 'postgres';
  readonly url: string;
  /** Created when it does not exist. Default `public`. */
  readonly schema?: string;
  /** At most this many connections, at least 2. Default 10. */
  readonly poolSize?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const TRANSACTION_ATTEMPTS = 3;

/** Nothing of such a transaction was kept, and the same work may succeed now (PostgreSQL appendix A, class 40). */
const RETRYABLE = new Set(['40001', '40P01']);

const INT8 = pg.types.builtins.INT8;

/** Connects and migrates. knex shares the pool. Lost connections are replaced at the next statement. */
export async function openPostgres(backend: PostgresBackend): Promise<Database> {
  const schema = backend.schema ?? 'public';
  const pool = new pg.Pool({
    connectionString: backend.url,
    max: Math.max(2, backend.poolSize ?? 10),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The client's own limit is for a server that no longer answers at all.
    query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
    keepAlive: true,
    options: `-c search_path=${quoteIdentifier(schema).replaceAll(/[\\ ]/g, '\\$&')}`,
    types: {
      // Our bigints are milliseconds, counts and seqs: far below 2^53.
      getTypeParser: (oid, format) =>
        oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // An idle connection that dies has left the pool already; whoever asks next gets a new one or the error.
  pool.on('error', () => {});
  const builder = knex({ client: 'pg', connectionPool: pool, log: knexLog });
  const close = async () => {
    await builder.destroy();
    await pool.end();
  };
  try {
    await migratePostgres(builder, schema);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    dialect: 'postgres',
    knex: builder,
    async query<Row>(sql: string, values: readonly SqlValue[]) {
      // The row type is the caller's; see Database.query.
      return (await run(pool, { sql, values })) as Result<Row>;
    },
    async queryUntil<Row>(sql: string, values: readonly SqlValue[], isLast: (row: Row) => boolean) {
      // As in query.
      const { rows } = (await run(pool, { sql, values })) as Result<Row>;
      const last = rows.findIndex(isLast);
      return last < 0 ? rows : rows.slice(0, last + 1);
    },
    async transaction(body) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await transact(pool, body());
        } catch (error) {
          const retryable = error instanceof pg.DatabaseError && RETRYABLE.has(error.code ?? '');
          if (!retryable || attempt === TRANSACTION_ATTEMPTS) throw error;
        }
      }
    },
    close,
  };
}

async function transact<T>(pool: pg.Pool, steps: TransactionBody<T>): Promise<T> {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    let step = steps.next();
    while (!step.done) step = steps.next(await run(connection, step.value));
    await connection.query('COMMIT');
    connection.release();
    return step.value;
  } catch (error) {
    // A connection that cannot even roll back is not given back to the pool.
    await connection.query('ROLLBACK').then(
      () => connection.release(),
      (unusable: Error) => connection.release(unusable),
    );
    throw error;
  }
}

async function run(on: pg.Pool | pg.PoolClient, { sql, values }: Statement): Promise<Result> {
  const result = await on.query<Record<string, unknown>>(numbered(sql), [...values]);
  return { rows: result.rows, changes: result.rowCount ?? 0 };
}

// As many entries as there are SQL texts in the source: none is built from data.
const numberedTexts = new Map<string, string>();

/** `?, ?` as `$1, $2`. */
function numbered(sql: string): string {
  const known = numberedTexts.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const text = sql.replaceAll('?', () => `$${++count}`);
  numberedTexts.set(sql, text);
  return text;
}

export const quoteIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
