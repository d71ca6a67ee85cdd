import { InvalidCursorError, type Page, type PageRequest } from '@flowwire/engine';
import type { Knex } from 'knex';

/** A page of a list ends with the row that brings its long columns to this length. */
const PAGE_BYTES = 1024 * 1024;

interface Listed {
  readonly id: string;
  readonly created_at: number;
}

/** A list: what it is of, and how a row of it becomes an item. Ids are unique within `rows`. */
export interface Listing<Row extends Listed, Item> {
  readonly knex: Knex;
  /** Filtered, with no columns selected and no order. */
  readonly rows: Knex.QueryBuilder;
  readonly columns: readonly (keyof Row & string)[];
  /** Those of the columns that may be long. */
  readonly longColumns: readonly (keyof Row & string)[];
  readonly toItem: (row: Row) => Item;
}

/**
 * One page of a list, newest first. By (created_at, id) and not by OFFSET: what is created while somebody
 * turns the pages would shift them, and repeat or hide items. The first query tells by lengths alone where
 * the page ends, so that what is too long for it is not loaded. What the filter no longer lets through at
 * the second, as a run that changed its state, is left out.
 */
export async function newestFirst<Row extends Listed, Item>(
  { knex, rows, columns, longColumns, toItem }: Listing<Row, Item>,
  page: PageRequest,
): Promise<Page<Item>> {
  if (page.cursor !== undefined) rows.whereRaw('(created_at, id) < (?, ?)', [...decodeCursor(page.cursor)]);
  rows.orderBy([
    { column: 'created_at', order: 'desc' },
    { column: 'id', order: 'desc' },
  ]);
  const lengths = longColumns.map((column) => `COALESCE(octet_length(${column}), 0)`);
  const candidates: Candidate[] = await rows
    .clone()
    .select('id', 'created_at', knex.raw(`${lengths.join(' + ')} AS bytes`))
    .limit(page.limit + 1);
  const shown = takePage(candidates, page.limit);
  const last = shown.at(-1);
  if (!last) return { items: [] };
  const found: Row[] = await rows.select(...columns).whereIn(
    'id',
    shown.map(({ id }) => id),
  );
  const items = found.map(toItem);
  return candidates.length > shown.length ? { items, nextCursor: encodeCursor(last) } : { items };
}

interface Candidate extends Listed {
  readonly bytes: number;
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

const encodeCursor = ({ created_at, id }: Listed) =>
  Buffer.from(JSON.stringify([created_at, id])).toString('base64url');

function decodeCursor(cursor: string): readonly [createdAt: number, id: string] {
  const position = parsePosition(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(position) || position.length !== 2)
    throw new InvalidCursorError('not a cursor of this list');
  const [createdAt, id]: unknown[] = position;
  // No id has a NUL, and PostgreSQL takes no text that has one.
  const isId = typeof id === 'string' && !id.includes('\u0000');
  if (!Number.isSafeInteger(createdAt) || typeof createdAt !== 'number' || !isId) {
    throw new InvalidCursorError('not a cursor of this list');
  }
  return [createdAt, id];
}

function parsePosition(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidCursorError('not a cursor of this list', { cause });
  }
}
