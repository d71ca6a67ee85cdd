import { isObject } from '../json.ts';
import { type Cursor, child, entries, text } from '../load/cursor.ts';
import type { OperationModel, ReplyModel } from './api.ts';
import type { ModelContext } from './build.ts';

/** Whether one status is answered by a body or by a stream. */
const offersBoth = (replies: readonly ReplyModel[]): boolean =>
  replies.some(({ content, stream }) => content.length > 0 && stream !== undefined);

/** Reports a field that the client cannot set: it must be a property of a JSON body that hides no other. */
function checkField(field: string, cursor: Cursor, operation: Cursor, { documents }: ModelContext): void {
  const body = documents.follow(child(operation, 'requestBody'));
  const media = entries(child(body, 'content'))[0]?.[1];
  const schema = media && documents.follow(child(documents.follow(media), 'schema'));
  const additional = schema && child(schema, 'additionalProperties').value;
  if (!schema || child(schema, 'properties', field).value === undefined)
    documents.report(child(cursor, 'field'), `The request body has no property ${field} of its own.`);
  else if (additional !== undefined && additional !== false)
    documents.report(child(cursor, 'field'), 'The request body must not allow additional properties.');
}

/**
 * Reads `x-stream-switch`: the body field that chooses between one answer and a stream. Without it a client
 * that wants one of the two asks for it by `Accept`.
 */
export function readStreamSwitch(
  operation: Cursor,
  body: OperationModel['body'],
  replies: readonly ReplyModel[],
  context: ModelContext,
): OperationModel['streamSwitch'] {
  const { documents } = context;
  const cursor = child(operation, 'x-stream-switch');
  if (cursor.value === undefined) return undefined;
  const field = text(child(cursor, 'field'));
  const isWhole = isObject(cursor.value) && 'stream' in cursor.value && 'single' in cursor.value;
  if (!offersBoth(replies) || field === undefined || !isWhole) {
    const form = '{ field, stream, single }';
    documents.report(cursor, `x-stream-switch is ${form} on an answer that is JSON or a stream.`);
    return undefined;
  }
  if (body && (body.content.length > 1 || body.content[0]?.kind !== 'json'))
    documents.report(cursor, 'x-stream-switch needs a request body that is JSON and nothing else.');
  else checkField(field, cursor, operation, context);
  return { field, stream: child(cursor, 'stream').value, single: child(cursor, 'single').value };
}
