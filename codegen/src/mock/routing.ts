import type { Middleware } from 'koa';

/** One API with the middleware that answers for it. */
export interface MountedApi {
  /** As the document writes them, aliases included. */
  readonly paths: readonly string[];
  readonly basePaths: readonly string[];
  readonly middleware: Middleware;
}

/** What a path of a document matches. */
const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .split(/(\{[^}]*\})/)
      .map((part) => (part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('')}$`,
  );

interface Candidate {
  readonly api: MountedApi;
  /** The path without what the document's server puts before it. */
  readonly path: string;
}

/** `path` without a base path before it; undefined where it is not below that. */
const below = (base: string, path: string): string | undefined => {
  if (base === '') return path;
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
};

/**
 * Tells which of several APIs a path belongs to: the first one that has it, as the document writes it or below
 * the path of one of its servers. A path that none has is the first API's, which refuses it in its own words.
 */
export function createRouting(apis: readonly MountedApi[]): (path: string) => Candidate | undefined {
  const tables = apis.map((api) => ({
    api,
    bases: ['', ...api.basePaths.filter((base) => base !== '')],
    patterns: api.paths.map(patternOf),
  }));
  return (path) => {
    for (const { api, bases, patterns } of tables) {
      for (const base of bases) {
        const own = below(base, path);
        if (own !== undefined && patterns.some((pattern) => pattern.test(own))) return { api, path: own };
      }
    }
    const [first] = apis;
    return first && { api: first, path };
  };
}
