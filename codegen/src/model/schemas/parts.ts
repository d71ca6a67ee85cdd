import { isJsonMediaType, isObject } from '../../json.ts';
import { type Cursor, child, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { Schema, SchemaObject } from '../api.ts';

/** Whether a body of the media type is text; of a list or a range, whether all of it is. */
function isTextual(mediaTypes: string): boolean {
  return mediaTypes.split(',').every((mediaType) => {
    const [essence = ''] = mediaType.trim().toLowerCase().split(';');
    const isTextType = /^text\/|^application\/(.+\+)?(xml|yaml)$|^application\/x-www-form-urlencoded$/.test(
      essence,
    );
    return isTextType || isJsonMediaType(essence);
  });
}

/** Whether a type says text, if anything; a part cannot be null. */
const isText = (type: unknown): boolean =>
  type === undefined || [type].flat().every((name) => name === 'string' || name === 'null');

/** Whether a part is bytes (OpenAPI 3.0 section 4.7.14.2, 3.1 and 3.2 "Working with Binary Data"). */
function isBinary({ value }: Cursor): boolean {
  if (!isObject(value) || 'contentEncoding' in value || !isText(value.type)) return false;
  const { format, contentMediaType } = value;
  return format === 'binary' || (typeof contentMediaType === 'string' && !isTextual(contentMediaType));
}

const binary = (schema: Cursor): SchemaObject => {
  const description = text(child(schema, 'description'));
  return { ...(description !== undefined && { description }), binary: true };
};

/** The schema of one part of a form or multipart body: see `SchemaTable.convertPart`. */
export function convertPart(part: Cursor, documents: Documents, convert: (schema: Cursor) => Schema): Schema {
  const schema = documents.follow(part);
  if (isBinary(schema)) return binary(schema);
  const item = documents.follow(child(schema, 'items'));
  if (!isObject(schema.value) || !isBinary(item)) return convert(part);
  const converted = convert({ ...schema, value: { ...schema.value, items: true } });
  return isObject(converted) ? { ...converted, items: binary(item) } : converted;
}
