import { expect, test } from 'vitest';
import { pageHeaders, toOffset } from './pages.ts';

test('a page is a part of the list by place', () => {
  expect(toOffset({})).toEqual({ offset: 0, limit: 20 });
  expect(toOffset({ page: 3, limit: 7 })).toEqual({ offset: 14, limit: 7 });
});

const linksOf = (query: Parameters<typeof pageHeaders>[1], total: number) =>
  pageHeaders('/list', query, total).Link;

test('the first page has no previous one, the last no next one', () => {
  expect(linksOf({ limit: 10 }, 25)).toBe(
    '</list?limit=10&page=1>; rel="first", </list?limit=10&page=2>; rel="next", </list?limit=10&page=3>; rel="last"',
  );
  expect(linksOf({ page: 3, limit: 10 }, 25)).toBe(
    '</list?page=1&limit=10>; rel="first", </list?page=2&limit=10>; rel="prev", </list?page=3&limit=10>; rel="last"',
  );
});

test('an empty list has one page', () => {
  expect(pageHeaders('/list', {}, 0)).toEqual({
    'X-Total-Count': '0',
    Link: '</list?page=1&limit=20>; rel="first", </list?page=1&limit=20>; rel="last"',
  });
});

test('before a page beyond the last comes the last', () => {
  expect(linksOf({ page: 9, limit: 10 }, 25)).toContain('</list?page=3&limit=10>; rel="prev"');
  expect(linksOf({ page: 9, limit: 10 }, 25)).not.toContain('rel="next"');
});

test('what the list is filtered by stays in every link', () => {
  expect(linksOf({ search: 'a b&c=<d>"', status: undefined }, 0)).toContain(
    '</list?search=a+b%26c%3D%3Cd%3E%22&page=1&limit=20>; rel="first"',
  );
});
