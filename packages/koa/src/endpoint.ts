import {
  type InputValidators,
  MAX_FINDINGS,
  type Operation,
  toFindings,
  type Validator,
} from '@flowwire/contract';
import type { Context as KoaContext } from 'koa';
import { createAcceptChecks } from './accept.ts';
import type { BodyReader } from './body.ts';
import type { Connection } from './connection.ts';
import { parameterReader, type Values } from './parameters.ts';
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
}

interface Input {
  readonly path: Values;
  readonly query: Values;
  readonly headers: Values;
  readonly cookies: Values;
  readonly body: unknown;
}

/** One request as its handler sees it. */
class Exchange<Context> {
  readonly #ctx: KoaContext;
  readonly #connection: Connection;
  readonly context: Context;
  readonly path: Values;
  readonly query: Values;
  readonly headers: Values;
  readonly cookies: Values;
  readonly body: unknown;

  constructor(ctx: KoaContext, connection: Connection, context: Context, input: Input) {
    this.#ctx = ctx;
    this.#connection = connection;
    this.context = context;
    this.path = input.path;
    this.query = input.query;
    this.headers = input.headers;
    this.cookies = input.cookies;
    this.body = input.body;
  }

  get signal(): AbortSignal {
    return this.#connection.signal;
  }

  accepts(mediaTypes: readonly string[]): string | undefined {
    return this.#ctx.accepts(...mediaTypes) || undefined;
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

/** Prepares the reading and validating of everything that a request says. */
const inputReader = (operation: Operation, inputs: InputValidators, readBody: BodyReader | undefined) => {
  const readPath = parameterReader(operation, 'path');
  const readQuery = parameterReader(operation, 'query');
  const readHeaders = parameterReader(operation, 'header');
  const readCookies = parameterReader(operation, 'cookie');
  const bodyRequired = operation.body?.required === true;

  return async (ctx: KoaContext): Promise<Input> => {
    const body = readBody === undefined ? undefined : await readBody(ctx);
    const input = {
      path: readPath(ctx),
      query: readQuery(ctx),
      headers: readHeaders(ctx),
      cookies: readCookies(ctx),
      body,
    };
    const findings: InputFinding[] = [];
    validate('path', inputs.path, input.path, findings);
    validate('query', inputs.query, input.query, findings);
    validate('header', inputs.headers, input.headers, findings);
    validate('cookie', inputs.cookies, input.cookies, findings);
    if (body !== undefined) validate('body', inputs.body, body, findings);
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

/**
 * Prepares what turns a request for one operation into its handler's answer. Credentials are judged
 * before the body is read. The function throws a ProblemError for what it refuses.
 */
export const createEndpoint = <Context>({
  operation,
  inputs,
  guard,
  readBody,
  handler,
}: EndpointParts<Context>): ((ctx: KoaContext, connection: Connection) => Promise<AnyReply>) => {
  const accept = createAcceptChecks(operation);
  const readInput = inputReader(operation, inputs, readBody);
  return async (ctx, connection) => {
    const context = await guard(ctx);
    accept.before(ctx);
    const input = await readInput(ctx);
    accept.withBody(ctx, input.body);
    return handler(new Exchange(ctx, connection, context, input));
  };
};
