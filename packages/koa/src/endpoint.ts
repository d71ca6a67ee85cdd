import {
  type BodyFormat,
  type InputValidators,
  MAX_FINDINGS,
  type Operation,
  toFindings,
  type Validator,
} from '@flowwire/contract';
import type { Context as KoaContext } from 'koa';
import { createAcceptChecks } from './accept.ts';
import type { Report, Told } from './answer.ts';
import type { BodyReader, BodyTarget } from './body/reader.ts';
import type { Connection } from './connection.ts';
import type { BindOptions } from './options.ts';
import {
  type ParametersReader,
  parametersReader,
  type QuerystringReader,
  querystringReader,
  type Values,
} from './parameters.ts';
import { type InputFinding, ProblemError } from './problem.ts';
import type { AnyReply } from './replies.ts';
import type { Guard } from './security.ts';

/** A handler without the types of its operation. */
export type AnyHandler<Context> = (request: Exchange<Context>) => Promise<AnyReply>;

/** What one operation is served with. */
export interface EndpointParts<Context> {
  readonly operation: Operation;
  readonly inputs: InputValidators;
  readonly guard: Guard<Context>;
  /** Undefined for an operation without a body. */
  readonly readBody: BodyReader | undefined;
  readonly handler: AnyHandler<Context>;
  readonly intercept: BindOptions<Context>['intercept'];
  /** The names of keys in the query and among the cookies: no parameters. */
  readonly keys: { readonly query: readonly string[]; readonly cookie: readonly string[] };
}

interface Input extends BodyTarget {
  path: Values;
  query: Values;
  querystring: unknown;
  headers: Values;
  cookies: Values;
}

/** One request as its handler sees it. */
class Exchange<Context> {
  readonly #ctx: KoaContext;
  readonly #connection: Connection;
  readonly requestId: string;
  readonly context: Context;
  readonly path: Values;
  readonly query: Values;
  readonly querystring: unknown;
  readonly headers: Values;
  readonly cookies: Values;
  readonly body: unknown;
  readonly contentType: string | undefined;

  constructor(ctx: KoaContext, connection: Connection, requestId: string, context: Context, input: Input) {
    this.#ctx = ctx;
    this.#connection = connection;
    this.requestId = requestId;
    this.context = context;
    this.path = input.path;
    this.query = input.query;
    this.querystring = input.querystring;
    this.headers = input.headers;
    this.cookies = input.cookies;
    this.body = input.body;
    this.contentType = input.contentType;
  }

  get signal(): AbortSignal {
    return this.#connection.signal;
  }

  /** A function of its own, as handlers take their request apart. */
  get accepts(): (mediaTypes: readonly string[]) => string | undefined {
    return (mediaTypes) => this.#ctx.accepts(...mediaTypes) || undefined;
  }
}

const invalid = (findings: InputFinding[]): ProblemError => {
  const [first] = findings;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  const what = first && `${first.in} ${first.pointer || '/'} ${first.message}`;
  return new ProblemError('invalid_request', `The request is not valid: ${what}${more}.`, {
    findings: findings.slice(0, MAX_FINDINGS),
  });
};

const NO_BODY: InputFinding = { in: 'body', pointer: '', code: 'required', message: 'is required' };
const NO_QUERY: InputFinding = { ...NO_BODY, in: 'query' };
const NO_VALUES: Values = Object.freeze({});

/** The validator of a body: of its media type where the document has several. */
const bodyValidator = (
  { body, bodies }: InputValidators,
  format: BodyFormat,
): Validator<unknown> | undefined => (bodies === undefined ? body : bodies[format.mediaType]);

/** Reads and checks the parameters of one place; what cannot be read is not checked as well. */
const readGroup = (
  ctx: KoaContext,
  where: InputFinding['in'],
  read: ParametersReader,
  validator: Validator<unknown> | undefined,
  findings: InputFinding[],
): Values => {
  const before = findings.length;
  const values = read(ctx, findings);
  if (findings.length === before) validate(where, validator, values, findings);
  return values;
};

const readWholeQuery = (
  ctx: KoaContext,
  { read, required }: QuerystringReader,
  validator: Validator<unknown> | undefined,
  findings: InputFinding[],
): unknown => {
  const before = findings.length;
  const value = read(ctx, findings);
  if (value !== undefined) validate('query', validator, value, findings);
  else if (required && findings.length === before) findings.push(NO_QUERY);
  return value;
};

type InputReader = (ctx: KoaContext, onError: Report) => Promise<Input>;

/** Prepares the reading and validating of everything that a request says. */
const inputReader = <Context>({ operation, inputs, readBody, keys }: EndpointParts<Context>): InputReader => {
  const readPath = parametersReader(operation, 'path');
  const readQuery = parametersReader(operation, 'query', keys.query);
  const readHeaders = parametersReader(operation, 'header');
  const readCookies = parametersReader(operation, 'cookie', keys.cookie);
  const wholeQuery = querystringReader(operation);
  const bodyRequired = operation.body?.required === true;

  return async (ctx, onError) => {
    const findings: InputFinding[] = [];
    const input: Input = {
      path: NO_VALUES,
      query: NO_VALUES,
      querystring: undefined,
      headers: NO_VALUES,
      cookies: NO_VALUES,
      body: undefined,
      contentType: undefined,
    };
    const format = readBody === undefined ? undefined : await readBody(ctx, input, onError);
    input.path = readGroup(ctx, 'path', readPath, inputs.path, findings);
    input.query = readGroup(ctx, 'query', readQuery, inputs.query, findings);
    if (wholeQuery !== undefined) {
      input.querystring = readWholeQuery(ctx, wholeQuery, inputs.querystring, findings);
    }
    input.headers = readGroup(ctx, 'header', readHeaders, inputs.headers, findings);
    input.cookies = readGroup(ctx, 'cookie', readCookies, inputs.cookies, findings);
    if (format !== undefined) validate('body', bodyValidator(inputs, format), input.body, findings);
    else if (bodyRequired) findings.push(NO_BODY);
    if (findings.length > 0) throw invalid(findings);
    return input;
  };
};

const validate = (
  where: InputFinding['in'],
  validator: Validator<unknown> | undefined,
  value: unknown,
  findings: InputFinding[],
): void => {
  if (validator === undefined || validator(value)) return;
  findings.push(...toFindings(validator.errors).map((finding) => ({ ...finding, in: where })));
};

/** Turns a request into its handler's answer. */
export type Endpoint = (ctx: KoaContext, connection: Connection, told: Told) => Promise<AnyReply>;

/**
 * Prepares what turns a request for one operation into its handler's answer. Credentials are judged
 * before the body is read. The function throws a ProblemError for what it refuses.
 */
export const createEndpoint = <Context>(parts: EndpointParts<Context>): Endpoint => {
  const { operation, guard, handler, intercept } = parts;
  const accept = createAcceptChecks(operation);
  const readInput = inputReader(parts);
  return async (ctx, connection, { requestId, report }) => {
    const context = await guard(ctx);
    accept.before(ctx);
    const input = await readInput(ctx, report);
    accept.withBody(ctx, input.body);
    const exchange = new Exchange(ctx, connection, requestId, context, input);
    return intercept === undefined
      ? handler(exchange)
      : intercept(operation, exchange, () => handler(exchange));
  };
};

/** Refuses requests for an operation without a handler, to those who may call it. */
export const createUnimplemented =
  (guard: Guard<unknown>): Endpoint =>
  async (ctx) => {
    await guard(ctx);
    throw new ProblemError('not_implemented', 'This server does not have this operation.');
  };
