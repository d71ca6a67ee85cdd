import type { Operation } from '@flowwire/contract';

const PARAMETER = /(\{[^}]*\})/;

/** `/a/{id}:cancel` as @koa/router spells it: `/a/:"id"\:cancel`. */
export const toRouterPath = (path: string): string =>
  path
    .split(PARAMETER)
    .map((part) =>
      part.startsWith('{') ? `:"${part.slice(1, -1)}"` : part.replace(/[{}()[\]+?!*:\\]/g, '\\$&'),
    )
    .join('');

const rank = (segment: string | undefined): number => {
  if (segment === undefined) return 0;
  if (!segment.includes('{')) return 1;
  return segment.startsWith('{') && segment.endsWith('}') ? 3 : 2;
};

/**
 * Orders operations so that fixed words come before parameters (OpenAPI 3.2 section 4.8.2, path
 * templating matching), compared segment by segment from the left. HEAD comes before the GET that
 * would answer it too.
 */
export const bySpecificity = (a: Operation, b: Operation): number => {
  const left = a.path.split('/');
  const right = b.path.split('/');
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = rank(left[i]) - rank(right[i]);
    if (difference !== 0) return difference;
  }
  return Number(b.method === 'HEAD') - Number(a.method === 'HEAD');
};

/** The longest run of whole fixed segments that every path begins with, without a slash at its end. */
export const commonPrefix = (paths: readonly string[]): string => {
  const [first = [], ...rest] = paths.map((path) => path.split('/'));
  const shared = first.findIndex(
    (segment, i) => segment.includes('{') || rest.some((other) => other[i] !== segment),
  );
  return (shared === -1 ? first : first.slice(0, shared)).join('/').replace(/\/$/, '');
};

/** Whether a path is the prefix itself or lies below it. */
export const isBelow = (prefix: string, path: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
