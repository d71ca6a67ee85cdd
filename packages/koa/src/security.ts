import type { IncomingHttpHeaders } from 'node:http';
import type { Operation, SecurityScheme } from '@flowwire/contract';
import type { Context as KoaContext } from 'koa';
import { ProblemError } from './problem.ts';

/** Who asks, as far as the wire tells. */
export interface Caller {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the socket, not of a forwarding header; undefined once the client is gone. */
  readonly remoteAddress: string | undefined;
}

/** A credential that a request carries for one security scheme. */
export interface Credentials extends Caller {
  /** The name of the scheme in the document. */
  readonly scheme: string;
  readonly token: string;
  /** The scopes that the operation asks for. */
  readonly scopes: readonly string[];
}

export type AuthResult<Context> =
  /** `headers` are set on the answer. */
  | { readonly ok: true; readonly context: Context; readonly headers?: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problem: 'unauthenticated' }
  | { readonly ok: false; readonly problem: 'forbidden'; readonly missing: readonly string[] };

export interface SecurityOptions<Context> {
  /** Judges a credential and its scopes. Needed when an operation asks for security. */
  readonly authenticate?: (
    credentials: Credentials,
    operation: Operation,
  ) => AuthResult<Context> | Promise<AuthResult<Context>>;
  /** The context of a request without credentials. Needed when an operation is open. */
  readonly anonymous?: (caller: Caller, operation: Operation) => Context;
}

/** Answers the context of a request, or throws a ProblemError of 401 or 403. */
export type Guard<Context> = (ctx: KoaContext) => Promise<Context>;

type TokenReader = (ctx: KoaContext) => string | undefined;

const schemeReader = (word: string): TokenReader => {
  const start = `${word.toLowerCase()} `;
  return ({ req: { headers } }) => {
    const value = headers.authorization;
    return value?.slice(0, start.length).toLowerCase() === start
      ? value.slice(start.length).trim()
      : undefined;
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

const tokenReader = (scheme: SecurityScheme): TokenReader | undefined => {
  switch (scheme.type) {
    case 'http':
      return schemeReader(scheme.scheme);
    case 'apiKey':
      return keyReader(scheme);
    case 'oauth2':
    case 'openIdConnect':
      return schemeReader('Bearer');
    case 'mutualTLS':
      return undefined;
  }
};

const challengeWord = (scheme: SecurityScheme): string => {
  if (scheme.type === 'apiKey') return 'ApiKey';
  const word = scheme.type === 'http' ? scheme.scheme : 'Bearer';
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
};

interface Alternative {
  readonly scheme: string;
  readonly scopes: readonly string[];
  readonly challenge: string;
  readonly read: TokenReader;
}

const toAlternative = (
  requirement: Operation['security'][number],
  schemes: Readonly<Record<string, SecurityScheme>>,
  operationId: string,
): Alternative => {
  const [entry, ...others] = Object.entries(requirement);
  if (entry === undefined || others.length > 0) {
    throw new Error(`${operationId}: a security requirement must name one scheme`);
  }
  const [name, scopes] = entry;
  const scheme = schemes[name];
  const read = scheme && tokenReader(scheme);
  if (scheme === undefined || read === undefined) {
    throw new Error(
      `${operationId}: the security scheme ${name} is missing or cannot be read from a request`,
    );
  }
  return { scheme: name, scopes, challenge: challengeWord(scheme), read };
};

const callerOf = ({ req }: KoaContext): Caller => ({
  method: req.method ?? '',
  headers: req.headers,
  remoteAddress: req.socket.remoteAddress,
});

const unauthenticated = (challenges: readonly string[], tokenSent: boolean): ProblemError =>
  new ProblemError(
    'unauthenticated',
    tokenSent ? 'The credentials are not valid.' : 'This needs credentials, and none were sent.',
    {
      headers: {
        'WWW-Authenticate': challenges
          .map((word) => (tokenSent && word === 'Bearer' ? 'Bearer error="invalid_token"' : word))
          .join(', '),
      },
    },
  );

const forbidden = (challenge: string, missing: readonly string[]): ProblemError =>
  new ProblemError('forbidden', `The credentials lack the scope ${missing.join(', ')}.`, {
    headers: {
      'WWW-Authenticate': `${challenge} error="insufficient_scope", scope="${missing.join(' ')}"`,
    },
  });

/**
 * Prepares the security check of one operation (OpenAPI 3.2 section 4.30): any one requirement
 * suffices, and those are tried in order whose credential the request carries. Challenges follow RFC 6750.
 *
 * @throws Error for a requirement of several schemes, a scheme that cannot be read, or a missing option.
 */
export const createGuard = <Context>(
  operation: Operation,
  schemes: Readonly<Record<string, SecurityScheme>>,
  { authenticate, anonymous }: SecurityOptions<Context>,
): Guard<Context> => {
  const { operationId, security } = operation;
  const named = security.filter((requirement) => Object.keys(requirement).length > 0);
  const alternatives = named.map((requirement) => toAlternative(requirement, schemes, operationId));
  const challenges = [...new Set(alternatives.map(({ challenge }) => challenge))];
  const isOpen = named.length < security.length || security.length === 0;
  if (isOpen && anonymous === undefined) throw new Error(`${operationId} is open: anonymous is needed`);
  if (alternatives.length > 0 && authenticate === undefined) {
    throw new Error(`${operationId} asks for credentials: authenticate is needed`);
  }

  return async (ctx) => {
    let refusal: ProblemError | undefined;
    for (const { scheme, scopes, challenge, read } of alternatives) {
      const token = read(ctx);
      if (token === undefined || authenticate === undefined) continue;
      const result = await authenticate({ ...callerOf(ctx), scheme, scopes, token }, operation);
      if (result.ok) {
        if (result.headers !== undefined) ctx.set({ ...result.headers });
        return result.context;
      }
      if (result.problem === 'forbidden') refusal = forbidden(challenge, result.missing);
      else refusal ??= unauthenticated(challenges, true);
    }
    if (refusal !== undefined) throw refusal;
    if (isOpen && anonymous !== undefined) return anonymous(callerOf(ctx), operation);
    throw unauthenticated(challenges, false);
  };
};
