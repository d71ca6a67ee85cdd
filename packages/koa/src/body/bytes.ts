import type { Context } from 'koa';
import { HttpMethodEnum, koaBody } from 'koa-body';
import { ProblemError } from '../problem.ts';
import { isInflateError, tooLarge, unsupportedEncoding, wrongEncoding } from './source.ts';

const METHODS: readonly string[] = Object.values(HttpMethodEnum);

const done = () => Promise.resolve();

/** Reads a whole body. @throws ProblemError */
export type BytesReader = (ctx: Context) => Promise<Buffer>;

/** Prepares the reading of bodies of at most `limit` bytes, inflated. */
export const createBytesReader = (limit: number): BytesReader => {
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

  return async (ctx) => {
    // It leaves the bodies of other methods, such as QUERY, alone.
    const known: Context = METHODS.includes(ctx.method)
      ? ctx
      : Object.create(ctx, { method: { value: 'POST' } });
    try {
      await read(known, done);
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
    return bytes;
  };
};

/** Translates what koa-body throws: http-errors by status, errors of zlib. */
const toProblem = (error: unknown, limit: number): unknown => {
  if (!(error instanceof Error)) return error;
  const status = 'status' in error ? error.status : undefined;
  if (status === 413) return tooLarge(limit);
  if (status === 415) return unsupportedEncoding();
  if (status === 400) return new ProblemError('malformed_body', 'The body is not as long as it says.');
  return isInflateError(error) ? wrongEncoding() : error;
};
