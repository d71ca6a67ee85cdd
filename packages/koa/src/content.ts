import type { Operation, ReplyContent, ReplyFormat } from '@flowwire/contract';
import { charsetOf, closest, essenceOf, isRange } from './media-type.ts';
import { byStatus, ReplyError } from './replies.ts';

/** Writes bodies of one media type. */
export interface ContentWriter {
  readonly essence: string;
  /** The Content-Type; `contentType` is what the handler says. */
  typeOf(body: unknown, contentType: string | undefined): string;
  /** What goes to the socket. Throws ReplyError for a body of another kind. */
  payloadOf(body: unknown): string | Blob;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** For a status without a documented body. */
export const JSON_WRITER: ContentWriter = {
  essence: 'application/json',
  typeOf: () => JSON_TYPE,
  payloadOf: (body) => JSON.stringify(body),
};

/** The media type of an operation's refusals with a status: the first JSON one that its document has. */
export const refusalType = (operation: Operation | undefined, status: number): string | undefined =>
  operation &&
  byStatus(operation.replies, status)?.content?.find(
    ({ kind, mediaType }) => kind === 'json' && !isRange(essenceOf(mediaType)),
  )?.mediaType;

/** Text is written in UTF-8, and browsers would not guess so. */
export const withCharset = (mediaType: string): string => {
  const essence = essenceOf(mediaType);
  if (essence === 'application/json') return JSON_TYPE;
  return essence.startsWith('text/') && charsetOf(mediaType) === undefined
    ? `${mediaType}; charset=utf-8`
    : mediaType;
};

/** Prepares the Content-Type of text; in a range the handler names it. */
const textType = (mediaType: string, fallback: string): ContentWriter['typeOf'] => {
  const type = withCharset(isRange(essenceOf(mediaType)) ? fallback : mediaType);
  if (!isRange(essenceOf(mediaType))) return () => type;
  return (_body, contentType) => (contentType === undefined ? type : withCharset(contentType));
};

const createWriter = ({ mediaType, kind }: ReplyContent, what: string): ContentWriter => {
  const essence = essenceOf(mediaType);
  switch (kind) {
    case 'json':
      return { ...JSON_WRITER, essence, typeOf: textType(mediaType, 'application/json') };
    case 'text':
      return {
        essence,
        typeOf: textType(mediaType, 'text/plain'),
        payloadOf: (body) => {
          if (typeof body === 'string') return body;
          throw new ReplyError(`${what} must be a string, as it is ${mediaType}`);
        },
      };
    case 'binary':
      return {
        essence,
        typeOf: (body, contentType) => {
          if (!isRange(essence)) return mediaType;
          return contentType ?? ((body instanceof Blob && body.type) || 'application/octet-stream');
        },
        payloadOf: (body) => {
          if (body instanceof Blob) return body;
          throw new ReplyError(`${what} must be a Blob, as it is ${mediaType}`);
        },
      };
  }
};

/** Picks the writer of an answer by the media type that the handler says; the document's first by default. */
export type ContentPicker = (contentType: string | undefined) => ContentWriter;

/** Prepares the writing of the bodies of one status. The picker throws ReplyError for another media type. */
export const createContentPicker = (
  operationId: string,
  status: string,
  { content = [] }: ReplyFormat,
): ContentPicker => {
  const what = `${operationId}: the body of ${status}`;
  const writers = content.map((entry) => createWriter(entry, what));
  const [first = JSON_WRITER] = writers;
  return (contentType) => {
    if (contentType === undefined) return first;
    const writer = closest(writers, essenceOf(contentType));
    if (writer === undefined) throw new ReplyError(`${what} has no media type ${contentType}`);
    return writer;
  };
};
