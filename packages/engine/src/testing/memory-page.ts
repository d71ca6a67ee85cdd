import {
  type CountedPage,
  InvalidCursorError,
  type OffsetRequest,
  type Page,
  type PageRequest,
} from '../ports.ts';
import { compare } from './memory-rows.ts';

/** Tells an item's place in a list; unique within it. */
export type PageKey = readonly (string | number)[];

/** Of JSON text in a page. */
export const PAGE_BYTES = 1024 * 1024;

/** How a list is ordered. */
export interface PageOrder<T> {
  readonly by: (item: T) => PageKey;
  readonly descending?: boolean;
}

/** A list's order that has the newest first. */
export const NEWEST_FIRST: PageOrder<{ readonly createdAt: number; readonly id: string }> = {
  by: ({ createdAt, id }) => [createdAt, id],
  descending: true,
};

/** One page of `all`, which need not be in order. A page ends with the item that brings it to 1 MiB of JSON. */
export function paginate<T>(all: readonly T[], order: PageOrder<T>, page: PageRequest): Page<T> {
  const sign = order.descending ? -1 : 1;
  const sorted = inOrder(all, order);
  const [first] = sorted;
  const after = page.cursor === undefined ? undefined : decode(page.cursor, first && order.by(first));
  const following = after ? sorted.filter((item) => sign * compareKeys(order.by(item), after) > 0) : sorted;
  const items: T[] = [];
  let bytes = 0;
  for (const item of following) {
    if (items.length === page.limit || bytes >= PAGE_BYTES) break;
    items.push(item);
    bytes += JSON.stringify(item).length;
  }
  const last = items.at(-1);
  return last && items.length < following.length ? { items, nextCursor: encode(order.by(last)) } : { items };
}

/** A part of `all` by place. */
export const countedPage = <T>(
  all: readonly T[],
  order: PageOrder<T>,
  { offset, limit }: OffsetRequest,
): CountedPage<T> => ({ items: inOrder(all, order).slice(offset, offset + limit), total: all.length });

function inOrder<T>(all: readonly T[], { by, descending }: PageOrder<T>): readonly T[] {
  const sign = descending ? -1 : 1;
  return [...all].sort((a, b) => sign * compareKeys(by(a), by(b)));
}

function compareKeys(a: PageKey, b: PageKey): number {
  for (const [index, part] of a.entries()) {
    const order = compare(part, b[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

const encode = (key: PageKey): string => Buffer.from(JSON.stringify(key)).toString('base64url');

function decode(cursor: string, sample: PageKey = []): PageKey {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    throw new InvalidCursorError('not a cursor of this list', { cause });
  }
  if (!isKey(key) || !isLike(key, sample)) throw new InvalidCursorError('not a cursor of this list');
  return key;
}

const isKey = (key: unknown): key is PageKey =>
  Array.isArray(key) && key.every((part) => typeof part === 'number' || isText(part));

// No id has a NUL.
const isText = (part: unknown): boolean => typeof part === 'string' && !part.includes('\u0000');

/** Whether a key may be one of a list that has keys such as `sample`. */
const isLike = (key: PageKey, sample: PageKey): boolean =>
  sample.every((part, index) => typeof part === typeof key[index]);
