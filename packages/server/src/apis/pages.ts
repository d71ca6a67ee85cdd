import { InvalidCursorError, type Page, type PageRequest } from '@flowwire/engine';
import { refusal } from './refusal.ts';

const DEFAULT_PAGE = 20;

export const toPageRequest = ({ limit = DEFAULT_PAGE, cursor }: Partial<PageRequest>): PageRequest => ({
  limit,
  ...(cursor === undefined ? {} : { cursor }),
});

export function toPage<Row, Item>({ items, nextCursor }: Page<Row>, toItem: (row: Row) => Item) {
  return {
    data: items.map(toItem),
    has_more: nextCursor !== undefined,
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  };
}

/** A list's answer; a cursor that no page gave is refused. */
export async function listed<Reply>(list: () => Promise<Reply>) {
  try {
    return await list();
  } catch (error) {
    if (!(error instanceof InvalidCursorError)) throw error;
    return refusal(400, 'invalid_cursor', 'The cursor is not one that a page gave.', [
      { in: 'query', pointer: '/cursor', code: 'cursor', message: 'must be the next_cursor of a page' },
    ]);
  }
}
