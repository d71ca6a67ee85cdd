import {
  type CountedPage,
  InvalidCursorError,
  type OffsetRequest,
  type Page,
  type PageRequest,
} from '@flowwire/engine';
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
  if (page.cursor !== undefined) {
    const compares = order.direction === 'asc' ? '>' : '<';
    // As bigint, so that no number that a cursor can hold is too large for the column's type.
    const names = namesIn(order);
    const values = order.columns.map(({ type }) => (type === 'number' ? 'CAST(? AS bigint)' : '?'));
    rows.whereRaw(`(${names.join(', ')}) ${compares} (${values.join(', ')})`, [
      ...decodeCursor(page.cursor, order),
    ]);
  }
  inOrder(rows, order);
  const candidates = await selectLengths({ knex, rows, order, longColumns }).limit(page.limit + 1);
  const shown = takePage(candidates, page.limit);
  const last = shown.at(-1);
  if (!last) return { items: [] };
  const { column: id, of } = identity(order);
  const found: Row[] = await rows.select(...columns).whereIn(id, shown.map(of));
  const items = found.map(toItem);
  if (candidates.length === shown.length) return { items };
  return { items, nextCursor: encodeCursor(namesIn(order).map((name) => last[name] ?? '')) };
}

const namesIn = ({ columns }: ListOrder): string[] => columns.map(({ column }) => column);

const inOrder = (rows: Knex.QueryBuilder, { columns, direction }: ListOrder): Knex.QueryBuilder =>
  rows.orderBy(columns.map(({ column }) => ({ column, order: direction })));

/** The column that tells the rows of a list apart, and a row's value of it. */
function identity(order: ListOrder) {
  const column = namesIn(order).at(-1) ?? '';
  return { column, of: (candidate: Candidate) => candidate[column] ?? '' };
}

/** What orders the rows, and how long each of them is. */
function selectLengths({
  knex,
  rows,
  order,
  longColumns,
}: Pick<Listing<never, never>, 'knex' | 'rows' | 'order'> & {
  readonly longColumns: readonly string[];
}): Knex.QueryBuilder<Candidate, Candidate[]> {
  const lengths = longColumns.map((column) => `COALESCE(octet_length(${column}), 0)`);
  return rows.clone().select(...namesIn(order), knex.raw(`${lengths.join(' + ')} AS bytes`));
}

/**
 * A part of a list by place, and how many items the whole list has. It answers as many as asked for, however long
 * they are: the caller's limit bounds them. What is created or deleted between the two queries shows in one of them.
 */
export async function readCountedPage<Row, Item>(
  { rows, order, columns, toItem }: Omit<Listing<Row, Item>, 'knex' | 'longColumns'>,
  { offset, limit }: OffsetRequest,
): Promise<CountedPage<Item>> {
  const total = await countOf(rows);
  const found: Row[] = await inOrder(rows, order)
    .select(...columns)
    .offset(offset)
    .limit(limit);
  return { items: found.map(toItem), total };
}

/**
 * As `readCountedPage`, for rows of which a page may be longer than memory can hold: those behind the one that brings
 * the long columns to 1 MiB have null in them.
 */
export async function readAbridgedPage<Row, Item>(
  { knex, rows, order, columns, longColumns, toItem }: Listing<Row, Item>,
  { offset, limit }: OffsetRequest,
): Promise<CountedPage<Item>> {
  const total = await countOf(rows);
  inOrder(rows, order);
  const candidates = await selectLengths({ knex, rows, order, longColumns }).offset(offset).limit(limit);
  if (candidates.length === 0) return { items: [], total };
  const { column: id, of } = identity(order);
  const whole = takePage(candidates, limit).map(of);
  const isWhole = `${id} IN (${whole.map(() => '?').join(', ')})`;
  const found: Row[] = await rows
    .select(...columns.filter((column) => !longColumns.includes(column)))
    .select(
      longColumns.map((column) => knex.raw(`CASE WHEN ${isWhole} THEN ${column} END AS ${column}`, whole)),
    )
    .whereIn(id, candidates.map(of));
  return { items: found.map(toItem), total };
}

async function countOf(rows: Knex.QueryBuilder): Promise<number> {
  const [counted]: { readonly total: number }[] = await rows.clone().count({ total: '*' });
  return counted?.total ?? 0;
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
