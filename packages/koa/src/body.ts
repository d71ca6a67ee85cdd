import type { Operation } from '@flowwire/contract';
import type { Context } from 'koa';
import { HttpMethodEnum, koaBody } from 'koa-body';
import { parseJson } from './json.ts';
import { ProblemError } from './problem.ts';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/i;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const done = () => Promise.resolve();

/** Reads the body of a request; undefined when it has none. @throws ProblemError */
export type BodyReader = (ctx: Context) => Promise<unknown>;

/**
 * Prepares the reading of JSON bodies of at most `limit` bytes, inflated.
 *
 * Any JSON value is read, not only objects and arrays: the schema says better what is wrong with it.
 */
export const createBodyReader = (limit: number): ((operation: Operation) => BodyReader) => {
  // Inflates and bounds. Its JSON mode would read any charset as UTF-8 and put U+FFFD for what is none;
  // as text without an encoding the bytes come as they are.
  const read = koaBody({
    text: true,
    textTypes: ['*/*'],
    textLimit: limit,
    encoding: '',
    json: false,
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
      const charset = CHARSET.exec(ctx.get('Content-Type'))?.[1] ?? 'utf-8';
      if (!/^utf-?8$/i.test(charset)) {
        throw new ProblemError('unsupported_media_type', 'The charset of the body must be utf-8.');
      }
      try {
        await read(ctx, done);
      } catch (error) {
        // What is left is thrown away, so that the client, still sending, comes to read the answer.
        ctx.req.unpipe();
        ctx.req.resume();
        throw toProblem(error, limit);
      }
      const bytes: unknown = ctx.request.body;
      // The context lives as long as a stream; its request's body need not.
      ctx.request.body = null;
      if (!Buffer.isBuffer(bytes)) throw new TypeError('koa-body did not give the bytes of a body');
      return bytes.length === 0 ? undefined : parseJson(decode(bytes));
    };
  };
};

/** JSON between systems is UTF-8 (RFC 8259 section 8.1). A byte order mark is left out. */
const decode = (bytes: Buffer): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProblemError('malformed_body', 'The body is not valid UTF-8.');
  }
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

/** Translates what koa-body throws: http-errors by status, errors of zlib. */
const toProblem = (error: unknown, limit: number): unknown => {
  if (!(error instanceof Error)) return error;
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
