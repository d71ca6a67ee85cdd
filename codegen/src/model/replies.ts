import { isJsonMediaType } from '../json.ts';
import { type Cursor, child, entries, text } from '../load/cursor.ts';
import type { ReplyModel } from './api.ts';
import type { ModelContext } from './build.ts';
import { pascalCase } from './names.ts';
import { readStream } from './streams.ts';

/** The media types of one body (OpenAPI 3.2 section 4.14). */
function readContent(
  operationId: string,
  status: string,
  content: Cursor,
  context: ModelContext,
): Partial<ReplyModel> {
  const { documents, table } = context;
  let reply: Partial<ReplyModel> = {};
  for (const [mediaType, entry] of entries(content)) {
    const media = documents.follow(entry);
    if (isJsonMediaType(mediaType)) {
      const schema = child(media, 'schema');
      if (schema.value === undefined) documents.report(media, 'A JSON body needs a schema.');
      else reply = { ...reply, json: table.named(schema, pascalCase(`${operationId}-${status}`)) };
    } else if (mediaType === 'text/event-stream') {
      const itemSchema = child(media, 'itemSchema');
      if (itemSchema.value === undefined) {
        documents.report(media, 'text/event-stream needs itemSchema, which describes one event.');
        continue;
      }
      const stream = readStream(itemSchema, pascalCase(`${operationId}-event`), context);
      if (stream) reply = { ...reply, stream };
    } else if (/^text\//.test(mediaType) && child(media, 'itemSchema').value === undefined) {
      reply = { ...reply, text: mediaType };
    } else {
      const advice = 'Use JSON, text or text/event-stream.';
      documents.report(entry, `Not supported yet: an answer of ${mediaType}. ${advice}`);
    }
  }
  if (reply.json !== undefined && reply.text !== undefined) {
    documents.report(content, 'Not supported yet: JSON and text for one status. Choose one of them.');
  }
  return reply;
}

/** The answers of an operation, in ascending order of status, `default` last (section 4.16). */
export function readReplies(operationId: string, operation: Cursor, context: ModelContext): ReplyModel[] {
  const { documents } = context;
  const replies = entries(child(operation, 'responses')).flatMap(([status, entry]): ReplyModel[] => {
    if (status.startsWith('x-')) return [];
    if (!/^[1-5]\d\d$|^default$/.test(status)) {
      documents.report(entry, `Not supported yet: the range of statuses ${status}. List the statuses.`);
      return [];
    }
    const response = documents.follow(entry);
    const description = text(child(response, 'description')) ?? text(child(response, 'summary')) ?? '';
    return [
      { status, description, ...readContent(operationId, status, child(response, 'content'), context) },
    ];
  });
  return replies.sort((a, b) => (a.status < b.status ? -1 : 1));
}
