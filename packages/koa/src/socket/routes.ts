import type { Channel } from '@flowwire/contract';
import { bySpecificity, segmentsReader, toPattern } from '../routes.ts';

export interface Route<T> {
  readonly target: T;
  readonly params: Readonly<Record<string, string>>;
}

/** Prepares the finding of a channel by a request's URL. Fixed words come before parameters. */
export const createRoutes = <T extends { readonly channel: Channel }>(
  targets: readonly T[],
): ((url: string) => Route<T> | 'malformed' | undefined) => {
  const routes = targets
    .map((target) => ({ target, method: 'GET', path: target.channel.address }))
    .sort(bySpecificity)
    .map(({ target, path }) => ({ target, pattern: toPattern(path), read: segmentsReader([path]) }));
  return (url) => {
    const [path = ''] = url.split('?');
    const found = routes.find(({ pattern }) => pattern.test(path));
    if (found === undefined) return undefined;
    try {
      const params = found.read(path).map(([name, text]) => [name, decodeURIComponent(text)]);
      return { target: found.target, params: Object.fromEntries(params) };
    } catch {
      return 'malformed';
    }
  };
};
