import type { Context } from 'koa';
import { charsetOf } from '../media-type.ts';
import { ProblemError } from '../problem.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text of UTF-8, without a byte order mark; undefined for bytes that are none. */
export const decodeUtf8 = (bytes: Buffer): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

/** Whether a media type names another charset. What is read as text is UTF-8 (for JSON: RFC 8259 section 8.1). */
export const hasOtherCharset = (mediaType: string): boolean =>
  !/^utf-?8$/i.test(charsetOf(mediaType) ?? 'utf-8');

/** @throws ProblemError `unsupported_media_type` */
export const assertUtf8 = (ctx: Context): void => {
  if (hasOtherCharset(ctx.get('Content-Type'))) {
    throw new ProblemError('unsupported_media_type', 'The charset of the body must be utf-8.');
  }
};

/** @throws ProblemError `malformed_body` */
export const decodeBody = (bytes: Buffer): string => {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new ProblemError('malformed_body', 'The body is not valid UTF-8.');
  return text;
};
