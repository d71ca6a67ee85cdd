import type { Operation } from '@flowwire/contract';
import type { Context } from 'koa';
import { HttpMethodEnum, koaBody } from 'koa-body';
import { jsonErrorOffset } from './json-position.ts';
import { ProblemError } from './problem.ts';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;

const done = () => Promise.resolve();

/** Reads the body of a request; undefined when it has none. @throws ProblemError */
export type BodyReader = (ctx: Context) => Promise<unknown>;

/**
 * Prepares the reading of JSON bodies of at most `limit` bytes, inflated.
 *
 * Any JSON value is read, not only objects and arrays: the schema says better what is wrong with it.
 */
export const createBodyReader = (limit: number): ((operation: Operation) => BodyReader) => {
  // The raw text tells an empty body from a JSON string, and where a malformed one breaks.
  const parse = koaBody({
    json: true,
    jsonTypes: ['*/*'],
    jsonLimit: limit,
    jsonStrict: false,
    includeUnparsed: true,
    text: false,
    urlencoded: false,
    multipart: false,
    parsedMethods: Object.values(HttpMethodEnum),
  });

  return ({ operationId, body }) => {
    const mediaTypes = (body?.mediaTypes ?? []).filter((type) => JSON_TYPE.test(type));
    if (mediaTypes.length === 0) throw new Error(`${operationId}: only JSON bodies can be read`);
    return async (ctx) => {
      if (hasNoBody(ctx)) return undefined;
      if (!ctx.is(mediaTypes)) throw unsupportedType(mediaTypes);
      try {
        await parse(ctx, done);
      } catch (error) {
        // What is left is thrown away, so that the client, still sending, comes to read the answer.
        ctx.req.unpipe();
        ctx.req.resume();
        throw toProblem(error, limit);
      }
      const { body: value, rawBody } = ctx.request;
      // The context lives as long as a stream; its request's body need not.
      ctx.request.body = null;
      ctx.request.rawBody = '';
      return rawBody === '' ? undefined : value;
    };
  };
};

const hasNoBody = ({ req }: Context): boolean =>
  req.headers['transfer-encoding'] === undefined && Number(req.headers['content-length'] ?? 0) === 0;

const unsupportedType = (mediaTypes: readonly string[]): ProblemError =>
  new ProblemError(
    'unsupported_media_type',
    `The Content-Type of the body must be ${mediaTypes.join(' or ')}.`,
    {
      headers: { Accept: mediaTypes.join(', ') },
    },
  );

/** Translates what koa-body throws: http-errors by status, SyntaxErrors of JSON, errors of zlib. */
const toProblem = (error: unknown, limit: number): unknown => {
  if (!(error instanceof Error)) return error;
  if (error instanceof SyntaxError && 'body' in error && typeof error.body === 'string') {
    return new ProblemError('malformed_body', describeMalformed(error.body));
  }
  const status = 'status' in error ? error.status : undefined;
  if (status === 413) {
    return new ProblemError('payload_too_large', `The body is larger than ${limit} bytes.`);
  }
  if (status === 415) {
    return new ProblemError('unsupported_media_type', 'The Content-Encoding must be gzip, deflate or br.', {
      headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    });
  }
  if (status === 400) return new ProblemError('malformed_body', 'The body is not as long as it says.');
  if ('code' in error && 'errno' in error) {
    return new ProblemError('malformed_body', 'The body does not match its Content-Encoding.');
  }
  return error;
};

const describeMalformed = (text: string): string => {
  const offset = jsonErrorOffset(text);
  if (offset === -1) return 'The body has a field that is not allowed: "__proto__".';
  const before = text.slice(0, offset).split('\n');
  const where = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
  return offset === text.length
    ? `The body is not JSON: it ends too early, at ${where}.`
    : `The body is not JSON: it breaks at ${where}.`;
};
