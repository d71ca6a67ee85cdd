import { InvalidCursorError, type Page, type PageRequest } from '@flowwire/engine';
import type { Knex } from 'knex';

interface Listed {
  readonly id: string;
  readonly created_at: number;
}

/**
 * One page of `rows`, newest first. By (created_at, id) and not by OFFSET: what is created while somebody
 * turns the pages would shift them, and repeat or hide items.
 */
export async function newestFirst<Row extends Listed, Item>(
  rows: Knex.QueryBuilder,
  page: PageRequest,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  if (page.cursor !== undefined) rows.whereRaw('(created_at, id) < (?, ?)', [...decodeCursor(page.cursor)]);
  const found: Row[] = await rows
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(page.limit + 1);
  const shown = found.slice(0, page.limit);
  const last = shown.at(-1);
  const items = shown.map(toItem);
  return found.length > page.limit && last ? { items, nextCursor: encodeCursor(last) } : { items };
}

const encodeCursor = ({ created_at, id }: Listed) =>
  Buffer.from(JSON.stringify([created_at, id])).toString('base64url');

function decodeCursor(cursor: string): readonly [createdAt: number, id: string] {
  const position = parsePosition(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(position) || position.length !== 2)
    throw new InvalidCursorError('not a cursor of this list');
  const [createdAt, id]: unknown[] = position;
  if (!Number.isSafeInteger(createdAt) || typeof createdAt !== 'number' || typeof id !== 'string') {
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
