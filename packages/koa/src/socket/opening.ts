import { type IncomingMessage, ServerResponse } from 'node:http';
import {
  type Channel,
  type InputValidators,
  MAX_FINDINGS,
  type Operation,
  type SecurityScheme,
  toFindings,
  type Validator,
} from '@flowwire/contract';
import Koa, { type Context as KoaContext } from 'koa';
import { createTokenReader, keyNames } from '../credentials.ts';
import { type ParametersReader, parametersReader, type Values } from '../parameters.ts';
import { type InputFinding, ProblemError } from '../problem.ts';
import { createGuard, type Guard, type SecurityOptions } from '../security.ts';

/** What a connection is opened with. */
export interface OpeningInput {
  readonly path: Values;
  readonly query: Values;
  readonly headers: Values;
}

/** As much of a request as is kept for as long as its connection lives. */
export type OpeningRequest = Pick<IncomingMessage, 'headers' | 'method' | 'url' | 'socket'>;

/** The request that opens a connection of one channel. It is read and judged like that of an operation. */
export interface Opening<Context> {
  /** @throws ProblemError for parameters that are not valid. */
  read(request: OpeningRequest, params: Readonly<Record<string, string>>): OpeningInput;
  /** Whether the request itself carries a credential, other than a cookie that a page sends without knowing. */
  isSigned(request: OpeningRequest): boolean;
  /** Judges the request's credentials, or those of the first frame. @throws ProblemError of 401 or 403. */
  judge(request: OpeningRequest, token?: string): Promise<Context>;
}

// Makes the contexts that Koa's routes would be given.
const koa = new Koa();

const contextOf = (request: OpeningRequest): KoaContext => {
  // Sound: a context reads no more of its request than these members.
  const incoming = request as IncomingMessage;
  return koa.createContext(incoming, new ServerResponse(incoming));
};

/** RFC 6455 section 4.1: a connection begins as a GET request. */
const operationOf = ({ name, address, parameters, security }: Channel): Operation => ({
  operationId: name,
  method: 'GET',
  path: address,
  parameters,
  replies: {},
  security,
  resumable: false,
  idempotencyKey: false,
});

const readGroup = (
  ctx: KoaContext,
  where: InputFinding['in'],
  read: ParametersReader,
  validate: Validator<unknown> | undefined,
  findings: InputFinding[],
): Values => {
  const before = findings.length;
  const values = read(ctx, findings);
  if (findings.length > before || validate === undefined || validate(values)) return values;
  findings.push(...toFindings(validate.errors).map((finding) => ({ ...finding, in: where })));
  return values;
};

const invalid = (findings: readonly InputFinding[]): ProblemError => {
  const [first] = findings;
  const what = first && `${first.in} ${first.pointer || '/'} ${first.message}`;
  return new ProblemError('invalid_request', `The request is not valid: ${what}.`, {
    findings: findings.slice(0, MAX_FINDINGS),
  });
};

/** The request as if the token of its first frame had been in it (`x-socket-session`). */
const withToken = (request: OpeningRequest, scheme: SecurityScheme, token: string): OpeningRequest => {
  const { headers, method, socket, url = '/' } = request;
  if (scheme.type !== 'apiKey') return { method, socket, url, headers: { ...headers, authorization: token } };
  const pair = `${encodeURIComponent(scheme.name)}=${encodeURIComponent(token)}`;
  if (scheme.in === 'query')
    return { method, socket, headers, url: `${url}${url.includes('?') ? '&' : '?'}${pair}` };
  const header =
    scheme.in === 'cookie' ? { cookie: `${scheme.name}=${token}` } : { [scheme.name.toLowerCase()]: token };
  return { method, socket, url, headers: { ...headers, ...header } };
};

/**
 * Prepares the reading and judging of what opens a channel's connections.
 *
 * @throws Error for a security scheme that cannot be read, or a missing option.
 */
export const createOpening = <Context>(
  channel: Channel,
  inputs: InputValidators,
  schemes: Readonly<Record<string, SecurityScheme>>,
  security: SecurityOptions<Context>,
): Opening<Context> => {
  const operation = operationOf(channel);
  const guard: Guard<Context> = createGuard(operation, schemes, security);
  const named = Object.keys(Object.assign({}, ...channel.security)).flatMap((name) => schemes[name] ?? []);
  const readers = named.flatMap((scheme) =>
    scheme.type === 'apiKey' && scheme.in === 'cookie' ? [] : (createTokenReader(scheme) ?? []),
  );
  const [frameScheme] = named;
  const readPath = parametersReader(operation, 'path');
  const readQuery = parametersReader(operation, 'query', keyNames(operation, schemes, 'query'));
  const readHeaders = parametersReader(operation, 'header');

  return {
    read: (request, params) => {
      const ctx = Object.assign(contextOf(request), { params });
      const findings: InputFinding[] = [];
      const input = {
        path: readGroup(ctx, 'path', readPath, inputs.path, findings),
        query: readGroup(ctx, 'query', readQuery, inputs.query, findings),
        headers: readGroup(ctx, 'header', readHeaders, inputs.headers, findings),
      };
      if (findings.length > 0) throw invalid(findings);
      return input;
    },
    isSigned: (request) => {
      const ctx = contextOf(request);
      return readers.some((read) => read(ctx) !== undefined);
    },
    judge: (request, token) => {
      if (token === undefined || frameScheme === undefined) return guard(contextOf(request));
      return guard(contextOf(withToken(request, frameScheme, token)));
    },
  };
};
