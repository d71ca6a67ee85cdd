import type { OffsetRequest } from '@flowwire/engine';

const DEFAULT_LIMIT = 20;

/** The query of a list: its page, and what it filters by. */
export interface PageQuery {
  readonly page?: number;
  readonly limit?: number;
  readonly [filter: string]: string | number | undefined;
}

const pageOf = ({ page = 1, limit = DEFAULT_LIMIT }: PageQuery) => ({ page, limit });

export function toOffset(query: PageQuery): OffsetRequest {
  const { page, limit } = pageOf(query);
  return { offset: (page - 1) * limit, limit };
}

/** The headers of a page of a list at `path`: how many items there are in all, and where its neighbours are. */
export function pageHeaders(path: string, query: PageQuery, total: number) {
  const { page, limit } = pageOf(query);
  const last = Math.max(1, Math.ceil(total / limit));
  const pages = {
    first: 1,
    ...(page > 1 && { prev: Math.min(page - 1, last) }),
    ...(page < last && { next: page + 1 }),
    last,
  };
  const links = Object.entries(pages).map(([rel, to]) => `<${urlOf(path, query, to, limit)}>; rel="${rel}"`);
  return { 'X-Total-Count': String(total), Link: links.join(', ') };
}

function urlOf(path: string, query: PageQuery, page: number, limit: number): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, page, limit }))
    if (value !== undefined) parameters.set(name, String(value));
  return `${path}?${parameters}`;
}
