import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { NodeError } from '../../errors.ts';

const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/** Stops reading, and so closes the connection, at the first byte too many. */
export async function readBounded(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * What a server compressed although nobody asked for it; at most `limit` bytes come out. Throws NodeError
 * `response_too_large` or `invalid_response`.
 */
export async function decompress(bytes: Buffer, encoding = 'identity', limit: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes;
  const decode = DECODERS.get(name);
  if (!decode) throw invalidResponse(`the response is compressed in a way that is not understood: ${name}`);
  try {
    return await decode(bytes, { maxOutputLength: limit });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? tooLarge(limit) : invalidResponse(`the response is no valid ${name}`);
  }
}

const tooLarge = (limit: number): NodeError =>
  new NodeError(`the response is larger than ${limit} bytes`, { code: 'response_too_large' });

const invalidResponse = (message: string): NodeError => new NodeError(message, { code: 'invalid_response' });

/** Bytes as text, in the charset of a content type. */
export function decodeText(bytes: Uint8Array, contentType = ''): string {
  const charset = /charset="?([\w-]{1,40})/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // An unknown charset label: UTF-8 is the best guess, and never fails.
    return new TextDecoder().decode(bytes);
  }
}
