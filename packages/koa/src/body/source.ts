import { PassThrough, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import type { Context } from 'koa';
import { ConnectionClosed } from '../connection.ts';
import { ProblemError } from '../problem.ts';

const createInflater = (encoding: string): Transform => {
  switch (encoding) {
    case 'identity':
      return new PassThrough();
    case 'gzip':
    case 'deflate':
      return createUnzip();
    case 'br':
      return createBrotliDecompress();
    default:
      throw unsupportedEncoding();
  }
};

export const unsupportedEncoding = (): ProblemError =>
  new ProblemError('unsupported_media_type', 'The Content-Encoding must be gzip, deflate or br.', {
    headers: { 'Accept-Encoding': 'gzip, deflate, br' },
  });

/** Makes the refusal of a body of more than so many bytes. */
export type Refuse = (limit: number) => ProblemError;

export const tooLarge: Refuse = (limit) =>
  new ProblemError('payload_too_large', `The body is larger than ${limit} bytes.`);

/** Errors of zlib have both members. */
export const isInflateError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && 'errno' in error;

export const wrongEncoding = (): ProblemError =>
  new ProblemError('malformed_body', 'The body does not match its Content-Encoding.');

/**
 * Reads a body chunk by chunk, inflated, as fast as the chunks are taken. When the reader stops early, what is
 * left is thrown away, so that the client, still sending, comes to read the answer.
 *
 * Node's `requestTimeout` bounds the time that a client takes to send it.
 *
 * @throws ProblemError for more than `limit` bytes or an encoding that is unknown or wrong; ConnectionClosed
 */
export async function* readSource(
  { req }: Context,
  limit: number,
  refuse: Refuse = tooLarge,
): AsyncGenerator<Buffer, void, undefined> {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  const inflater = createInflater(encoding);
  if (encoding === 'identity' && Number(req.headers['content-length']) > limit) throw tooLarge(limit);
  const onClose = () => {
    if (!req.complete) inflater.destroy(new ConnectionClosed('client_gone'));
  };
  // Through a stream of its own: one that is read with `for await` is destroyed at its end, the socket too.
  req.once('close', onClose).pipe(inflater);
  try {
    let left = limit;
    for await (const chunk of inflater) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('the body was given an encoding');
      // Up to the limit, so that the refusal can name what stands there.
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left < 0) throw refuse(limit);
    }
  } catch (error) {
    throw isInflateError(error) ? wrongEncoding() : error;
  } finally {
    req.off('close', onClose).unpipe(inflater);
    req.resume();
  }
}
