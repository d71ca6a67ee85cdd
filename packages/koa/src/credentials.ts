import type { Operation, SecurityScheme } from '@flowwire/contract';
import type { Context } from 'koa';

/** Reads what a request carries for one security scheme. */
export type TokenReader = (ctx: Context) => string | undefined;

const schemeReader = (word: string): TokenReader => {
  const start = `${word.toLowerCase()} `;
  return ({ req: { headers } }) => {
    const value = headers.authorization;
    return value?.slice(0, start.length).toLowerCase() === start
      ? value.slice(start.length).trim()
      : undefined;
  };
};

/** `user:password` out of its Base64 (RFC 7617 section 2). */
const basicReader = (): TokenReader => {
  const read = schemeReader('Basic');
  return (ctx) => {
    const token = read(ctx);
    return token === undefined ? undefined : Buffer.from(token, 'base64').toString('utf8');
  };
};

const keyReader = ({ in: where, name }: { in: 'header' | 'query' | 'cookie'; name: string }): TokenReader => {
  if (where === 'cookie') return (ctx) => ctx.cookies.get(name);
  if (where === 'query') return (ctx) => single(ctx.query[name]);
  const header = name.toLowerCase();
  return (ctx) => single(ctx.req.headers[header]);
};

const single = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Prepares the reading of one scheme's credential; undefined where a request does not carry it. */
export const createTokenReader = (scheme: SecurityScheme): TokenReader | undefined => {
  switch (scheme.type) {
    case 'http':
      return scheme.scheme.toLowerCase() === 'basic' ? basicReader() : schemeReader(scheme.scheme);
    case 'apiKey':
      return keyReader(scheme);
    case 'oauth2':
    case 'openIdConnect':
      return schemeReader('Bearer');
    case 'mutualTLS':
      return undefined;
  }
};

/** The names of an operation's keys in the query or among the cookies. */
export const keyNames = (
  { security }: Operation,
  schemes: Readonly<Record<string, SecurityScheme>>,
  where: 'query' | 'cookie',
): string[] =>
  security.flatMap((requirement) =>
    Object.keys(requirement).flatMap((name) => {
      const scheme = schemes[name];
      return scheme?.type === 'apiKey' && scheme.in === where ? [scheme.name] : [];
    }),
  );
