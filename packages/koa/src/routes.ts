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

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What a path of the document matches; each parameter is a group. */
export const toPattern = (path: string): RegExp => {
  const parts = path.split(PARAMETER);
  const pattern = parts.map((part) => (part.startsWith('{') ? '([^/]+?)' : escapePattern(part)));
  return new RegExp(`^${pattern.join('')}$`);
};

/**
 * Prepares the reading of a path's parameters as they were sent: the router undoes escapes, and with them
 * the difference between a comma that separates and one that is data. The first path that fits counts.
 */
export const segmentsReader = (
  paths: readonly string[],
): ((path: string) => readonly (readonly [name: string, text: string])[]) => {
  const routes = paths.map((path) => ({
    names: [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name),
    pattern: toPattern(path),
  }));
  return (path) => {
    for (const { names, pattern } of routes) {
      const match = pattern.exec(path);
      if (match !== null) return names.map((name, index) => [name, match[index + 1] ?? ''] as const);
    }
    return [];
  };
};

type Route = Pick<Operation, 'method' | 'path'>;

const rank = (segment: string | undefined): number => {
  if (segment === undefined) return 0;
  if (!segment.includes('{')) return 1;
  return segment.startsWith('{') && segment.endsWith('}') ? 3 : 2;
};

/**
 * Orders routes so that fixed words come before parameters (OpenAPI 3.2 section 4.8.2, path
 * templating matching), compared segment by segment from the left. HEAD comes before the GET that
 * would answer it too.
 */
export const bySpecificity = (a: Route, b: Route): number => {
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
