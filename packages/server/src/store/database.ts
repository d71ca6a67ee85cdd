import type { Knex } from 'knex';

export type Cell = string | number | null;

/** A bound value. Arrays are for PostgreSQL's `unnest` only. */
export type SqlValue = Cell | readonly Cell[];

/** One statement with `?` for each value, spelled so that both dialects take it. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export interface Result<Row = unknown> {
  /** What a SELECT or a RETURNING clause answers. */
  readonly rows: readonly Row[];
  /** How many rows an INSERT, UPDATE or DELETE without RETURNING wrote. */
  readonly changes: number;
}

/**
 * The body of a transaction: it yields statements and is given their results. SQLite runs the whole body
 * without leaving the call stack, so nothing can slip in between on the one shared connection; PostgreSQL
 * awaits each statement. A body may be run again after a deadlock, so it changes nothing but the database.
 */
export type TransactionBody<T> = Generator<Statement, T, Result>;

/** The little that repositories need of a database. */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  /** For migrations and for lists with optional filters. Never open a knex transaction on SQLite. */
  readonly knex: Knex;
  /** Runs one statement by itself. `Row` is the caller's word for the columns that it selects. */
  query<Row>(sql: string, values: readonly SqlValue[]): Promise<Result<Row>>;
  /**
   * The rows of a SELECT up to the one that `isLast`, or all. SQLite reads no more of them than that;
   * PostgreSQL sends all that the statement itself does not leave out.
   */
  queryUntil<Row>(
    sql: string,
    values: readonly SqlValue[],
    isLast: (row: Row) => boolean,
  ): Promise<readonly Row[]>;
  /** Commits when the body returns; rolls back and throws when it or a statement throws. */
  transaction<T>(body: () => TransactionBody<T>): Promise<T>;
  close(): Promise<void>;
}

/** Within a transaction body: `const { rows } = yield* execute<Row>(sql, values)`. */
export function* execute<Row>(sql: string, values: readonly SqlValue[]): TransactionBody<Result<Row>> {
  const result = yield { sql, values };
  // The statement's columns are the caller's own; the database does not type them.
  return result as Result<Row>;
}

/** Thrown by the creators of the stores when the id (or a key's hash) is taken. */
export class DuplicateError extends Error {
  override readonly name = 'DuplicateError';
}

/** Rows as columns, as `unnest` takes them. */
export const columns = (width: number, rows: readonly (readonly Cell[])[]): Cell[][] =>
  Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
