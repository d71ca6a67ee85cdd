import type { IncomingHttpHeaders } from 'node:http';
import type { Operation, SecurityScheme } from '@flowwire/contract';
import type { Context as KoaContext } from 'koa';
import { addHeaders } from './added-headers.ts';
import { createTokenReader, type TokenReader } from './credentials.ts';
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
  /** The key or token; of HTTP Basic `user:password`. */
  readonly token: string;
  /** The scopes that the operation asks for. */
  readonly scopes: readonly string[];
  /** Where a requirement names several schemes: the tokens of all of them by scheme. */
  readonly tokens?: Readonly<Record<string, string>>;
}

/** `headers` are set on the answer. */
export type AuthResult<Context> =
  | { readonly ok: true; readonly context: Context; readonly headers?: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problem: 'unauthenticated' }
  | {
      readonly ok: false;
      readonly problem: 'forbidden';
      readonly missing: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface SecurityOptions<Context> {
  /**
   * Judges a credential and its scopes. Needed when an operation asks for security. Where a requirement
   * names several schemes it is asked for each, in the document's order; all must be good, and the context
   * of the first counts.
   */
  readonly authenticate?: (
    credentials: Credentials,
    operation: Operation,
  ) => AuthResult<Context> | Promise<AuthResult<Context>>;
  /** The context of a request without credentials. Needed when an operation is open. */
  readonly anonymous?: (caller: Caller, operation: Operation) => Context;
}

/** Answers the context of a request, or throws a ProblemError of 401 or 403. */
export type Guard<Context> = (ctx: KoaContext) => Promise<Context>;

const challengeOf = (name: string, scheme: SecurityScheme): string => {
  if (scheme.type === 'apiKey') return 'ApiKey';
  const word = scheme.type === 'http' ? scheme.scheme : 'Bearer';
  // RFC 7617 section 2 wants a realm.
  if (word.toLowerCase() === 'basic') return `Basic realm="${name.replace(/["\\]/g, '')}", charset="UTF-8"`;
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
};

interface RequiredScheme {
  readonly scheme: string;
  readonly scopes: readonly string[];
  readonly challenge: string;
  readonly read: TokenReader;
}

/** What one requirement asks for: a scheme and, seldom, others that must be there with it. */
interface Alternative extends RequiredScheme {
  readonly others: readonly RequiredScheme[];
}

const toAlternatives = (
  { operationId, security }: Operation,
  schemes: Readonly<Record<string, SecurityScheme>>,
): Alternative[] =>
  security.flatMap((requirement) => {
    const [first, ...others] = Object.entries(requirement).map(([name, scopes]): RequiredScheme => {
      const scheme = schemes[name];
      const read = scheme && createTokenReader(scheme);
      if (scheme === undefined || read === undefined) {
        throw new Error(
          `${operationId}: the security scheme ${name} is missing or cannot be read from a request`,
        );
      }
      return { scheme: name, scopes, challenge: challengeOf(name, scheme), read };
    });
    return first === undefined ? [] : [{ ...first, others }];
  });

export const callerOf = ({ req }: KoaContext): Caller => ({
  method: req.method ?? '',
  headers: req.headers,
  remoteAddress: req.socket.remoteAddress,
});

const unauthenticated = (challenges: readonly string[], message: string, tokenSent = false): ProblemError =>
  new ProblemError('unauthenticated', message, {
    headers: {
      'WWW-Authenticate': challenges
        .map((word) => (tokenSent && word === 'Bearer' ? 'Bearer error="invalid_token"' : word))
        .join(', '),
    },
  });

const forbidden = (challenge: string, missing: readonly string[]): ProblemError =>
  new ProblemError('forbidden', `The credentials lack the scope ${missing.join(', ')}.`, {
    missing,
    headers: {
      'WWW-Authenticate': `${challenge} error="insufficient_scope", scope="${missing.join(' ')}"`,
    },
  });

/** The tokens that a request carries for a requirement of several schemes, by scheme. */
const tokensOf = (ctx: KoaContext, { others, ...first }: Alternative): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [first, ...others].flatMap(({ scheme, read }) => {
      const token = read(ctx);
      return token === undefined ? [] : [[scheme, token]];
    }),
  );

const MISSING = 'This needs credentials, and none were sent.';
const INVALID = 'The credentials are not valid.';
const INCOMPLETE = 'This needs several credentials at once, and not all were sent.';

type Authenticate<Context> = NonNullable<SecurityOptions<Context>['authenticate']>;

/** Asks for the judgement of one credential. */
const createJudge =
  <Context>(authenticate: Authenticate<Context>, operation: Operation) =>
  (
    ctx: KoaContext,
    { scheme, scopes }: RequiredScheme,
    token: string,
    tokens: Readonly<Record<string, string>> | undefined,
  ) =>
    authenticate({ ...callerOf(ctx), scheme, scopes, token, ...(tokens && { tokens }) }, operation);

/** Why a credential is refused; undefined for one that is good. Sets the headers of those that are known. */
const refusalOf = (
  ctx: KoaContext,
  result: AuthResult<unknown>,
  challenge: string,
  challenges: readonly string[],
): ProblemError | undefined => {
  if (!result.ok && result.problem === 'unauthenticated') return unauthenticated(challenges, INVALID, true);
  if (result.headers !== undefined) addHeaders(ctx, result.headers);
  return result.ok ? undefined : forbidden(challenge, result.missing);
};

/**
 * Prepares the security check of one operation (OpenAPI 3.2 section 4.30): any one requirement
 * suffices, and those are tried in order whose credentials the request carries. Challenges follow RFC 6750.
 *
 * @throws Error for a scheme that cannot be read, or a missing option.
 */
export const createGuard = <Context>(
  operation: Operation,
  schemes: Readonly<Record<string, SecurityScheme>>,
  { authenticate, anonymous }: SecurityOptions<Context>,
): Guard<Context> => {
  const { operationId, security } = operation;
  const alternatives = toAlternatives(operation, schemes);
  const required = alternatives.flatMap((alternative) => [alternative, ...alternative.others]);
  const challenges = [...new Set(required.map(({ challenge }) => challenge))];
  const isOpen = alternatives.length < security.length || security.length === 0;
  if (isOpen && anonymous === undefined) throw new Error(`${operationId} is open: anonymous is needed`);
  if (alternatives.length > 0 && authenticate === undefined) {
    throw new Error(`${operationId} asks for credentials: authenticate is needed`);
  }
  /** For a request without credentials. */
  const admit = (ctx: KoaContext, message: string): Context => {
    if (isOpen && anonymous !== undefined) return anonymous(callerOf(ctx), operation);
    throw unauthenticated(challenges, message);
  };
  if (authenticate === undefined) return async (ctx) => admit(ctx, MISSING);
  const judge = createJudge(authenticate, operation);

  return async (ctx) => {
    let refusal: ProblemError | undefined;
    let message = MISSING;
    for (const alternative of alternatives) {
      const { others, challenge } = alternative;
      const tokens = others.length === 0 ? undefined : tokensOf(ctx, alternative);
      const token = alternative.read(ctx);
      if (token === undefined || (tokens !== undefined && Object.keys(tokens).length <= others.length)) {
        if (tokens !== undefined && Object.keys(tokens).length > 0) message = INCOMPLETE;
        continue;
      }
      const result = await judge(ctx, alternative, token, tokens);
      let fault = refusalOf(ctx, result, challenge, challenges);
      for (const other of others) {
        if (fault !== undefined) break;
        const also = await judge(ctx, other, tokens?.[other.scheme] ?? '', tokens);
        fault = refusalOf(ctx, also, other.challenge, challenges);
      }
      if (result.ok && fault === undefined) return result.context;
      // A right that is missing says more than a key that is wrong.
      if (refusal === undefined || fault?.problem.kind === 'forbidden') refusal = fault;
    }
    if (refusal !== undefined) throw refusal;
    return admit(ctx, message);
  };
};
