import { InvalidCursorError, type Page, type PageRequest } from '@flowwire/engine';
import type { Knex } from 'knex';

/** A page of a list ends with the row that brings its long columns to this length. */
const PAGE_BYTES = 1024 * 1024;

/** A column that orders a list. */
interface OrderColumn {
  readonly column: string;
  readonly type: 'number' | 'string';
}

/** All columns in one direction. Together they are unique in the list, and the last one is so alone. */
export interface ListOrder {
  readonly columns: readonly OrderColumn[];
  readonly direction: 'asc' | 'desc';
}

export const NEWEST_FIRST: ListOrder = {
  columns: [
    { column: 'created_at', type: 'number' },
    { column: 'id', type: 'string' },
  ],
  direction: 'desc',
};

/** A list: what it is of, and how a row of it becomes an item. */
export interface Listing<Row, Item> {
  readonly knex: Knex;
  /** Filtered, with no columns selected and no order. */
  readonly rows: Knex.QueryBuilder;
  readonly order: ListOrder;
  readonly columns: readonly (keyof Row & string)[];
  /** Those of the columns that may be long. */
  readonly longColumns: readonly (keyof Row & string)[];
  readonly toItem: (row: Row) => Item;
}

type Position = readonly (string | number)[];

/**
 * One page of a list. By what orders it and not by OFFSET: what is created while somebody turns the pages
 * would shift them, and repeat or hide items. The first query tells by lengths alone where the page ends, so
 * that what is too long for it is not loaded. What the filter no longer lets through at the second, as a run
 * that changed its state, is left out.
 */
export async function readPage<Row, Item>(
  { knex, rows, order, columns, longColumns, toItem }: Listing<Row, Item>,
  page: PageRequest,
): Promise<Page<Item>> {
  const names = order.columns.map(({ column }) => column);
  if (page.cursor !== undefined) {
    const compares = order.direction === 'asc' ? '>' : '<';
    // As bigint, so that no number that a cursor can hold is too large for the column's type.
    const values = order.columns.map(({ type }) => (type === 'number' ? 'CAST(? AS bigint)' : '?'));
    rows.whereRaw(`(${names.join(', ')}) ${compares} (${values.join(', ')})`, [
      ...decodeCursor(page.cursor, order),
    ]);
  }
  rows.orderBy(names.map((column) => ({ column, order: order.direction })));
  const lengths = longColumns.map((column) => `COALESCE(octet_length(${column}), 0)`);
  const candidates: Candidate[] = await rows
    .clone()
    .select(...names, knex.raw(`${lengths.join(' + ')} AS bytes`))
    .limit(page.limit + 1);
  const shown = takePage(candidates, page.limit);
  const positions = shown.map((candidate) => names.map((name) => candidate[name] ?? ''));
  const last = positions.at(-1);
  if (!last) return { items: [] };
  const found: Row[] = await rows.select(...columns).whereIn(
    names.at(-1) ?? '',
    positions.map((position) => position.at(-1) ?? ''),
  );
  const items = found.map(toItem);
  return candidates.length > shown.length ? { items, nextCursor: encodeCursor(last) } : { items };
}

/** What orders the list, and how long the row is. */
interface Candidate {
  readonly bytes: number;
  readonly [column: string]: string | number;
}

function takePage(candidates: readonly Candidate[], limit: number): readonly Candidate[] {
  let bytes = 0;
  const end = candidates.findIndex((candidate, index) => {
    if (index === limit || bytes >= PAGE_BYTES) return true;
    bytes += candidate.bytes;
    return false;
  });
  return end < 0 ? candidates : candidates.slice(0, end);
}

const encodeCursor = (position: Position) => Buffer.from(JSON.stringify(position)).toString('base64url');

function decodeCursor(cursor: string, { columns }: ListOrder): Position {
  const position = parsePosition(Buffer.from(cursor, 'base64url').toString());
  if (!isPosition(position) || position.length !== columns.length) {
    throw new InvalidCursorError('not a cursor of this list');
  }
  if (columns.some(({ type }, index) => typeof position[index] !== type)) {
    throw new InvalidCursorError('not a cursor of this list');
  }
  return position;
}

/** No id has a NUL, and PostgreSQL takes no text that has one. */
const isPosition = (value: unknown): value is Position =>
  Array.isArray(value) &&
  value.every((part) => Number.isSafeInteger(part) || (typeof part === 'string' && !part.includes('\u0000')));

function parsePosition(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidCursorError('not a cursor of this list', { cause });
  }
}
