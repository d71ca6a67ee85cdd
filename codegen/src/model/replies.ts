import type { BodyKind } from '@flowwire/contract';
import { type Cursor, child, entries, items, text } from '../load/cursor.ts';
import type { ReplyContentModel, ReplyModel, StreamModel } from './api.ts';
import { isStructured, schemaName, stemOf, warnOfLoss } from './bodies.ts';
import type { ModelContext } from './build.ts';
import { bodyKind, isEventStream, shortName } from './media-types.ts';
import { pascalCase } from './names.ts';
import { readStream } from './streams.ts';
import { warnOfUnused } from './unused.ts';

/** An answer is read as a whole: parts and form fields are nobody's members. */
const READ_AS: Readonly<Record<BodyKind, ReplyContentModel['kind']>> = {
  json: 'json',
  text: 'text',
  form: 'text',
  multipart: 'binary',
  binary: 'binary',
};

function readMedia(mediaType: string, media: Cursor, name: string, context: ModelContext): ReplyContentModel {
  const kind = READ_AS[bodyKind(mediaType, isStructured(child(media, 'schema'), context))];
  if (kind === 'json') return { mediaType, kind, schema: schemaName(media, name, 'output', context) };
  warnOfLoss(mediaType, media, kind, context);
  return { mediaType, kind };
}

/** The media types of one answer (OpenAPI 3.2 section 4.14). */
function readContent(
  operationId: string,
  stem: string,
  cursor: Cursor,
  context: ModelContext,
): Pick<ReplyModel, 'content' | 'stream'> {
  const content: ReplyContentModel[] = [];
  let stream: StreamModel | undefined;
  for (const [mediaType, entry] of entries(cursor)) {
    const media = context.documents.follow(entry);
    if (isEventStream(mediaType)) {
      stream = readStream(child(media, 'itemSchema'), pascalCase(`${operationId}-event`), context) ?? stream;
      continue;
    }
    const name = pascalCase(content.length === 0 ? stem : `${stem}-${shortName(mediaType)}`);
    content.push(readMedia(mediaType, media, name, context));
  }
  return { content, ...(stream && { stream }) };
}

/** Reads `x-error-codes`: the API's own codes that an answer may carry. */
function readErrorCodes(response: Cursor, { documents }: ModelContext): ReplyModel['errorCodes'] {
  const cursor = child(response, 'x-error-codes');
  if (cursor.value === undefined) return undefined;
  const codes = items(cursor).flatMap(({ value }) =>
    typeof value === 'string' || typeof value === 'number' ? [value] : [],
  );
  if (codes.length > 0 && codes.length === items(cursor).length) return [...new Set(codes)];
  documents.report(cursor, 'x-error-codes is a list of strings and numbers.');
  return undefined;
}

function readReply(operationId: string, status: string, entry: Cursor, context: ModelContext): ReplyModel {
  const { documents } = context;
  const response = documents.follow(entry);
  warnOfUnused(response, 'links', documents);
  const errorCodes = readErrorCodes(response, context);
  const stem = stemOf(response, 'response', `${operationId}-${status}`);
  return {
    status,
    description: text(child(response, 'description')) ?? text(child(response, 'summary')) ?? '',
    ...readContent(operationId, stem, child(response, 'content'), context),
    ...(errorCodes && { errorCodes }),
  };
}

/** The answers of an operation, in ascending order of status, `default` last (section 4.16). */
export function readReplies(operationId: string, operation: Cursor, context: ModelContext): ReplyModel[] {
  const replies = entries(child(operation, 'responses')).flatMap(([key, entry]): ReplyModel[] => {
    if (key.startsWith('x-')) return [];
    const status = key === 'default' ? key : key.toUpperCase();
    if (/^[1-5](\d\d|XX)$|^default$/.test(status)) return [readReply(operationId, status, entry, context)];
    context.documents.report(entry, `${key} is no status. Use a number, a range such as 4XX, or default.`);
    return [];
  });
  return replies.sort((a, b) => (a.status < b.status ? -1 : 1));
}
