import type { HttpBody } from '../../definition/types.ts';
import type { JsonObject } from '../../events.ts';
import { isObject } from '../http/body.ts';
import { dereference, invalidTool, member, membersOf } from './document.ts';
import type { SchemaReader } from './schema.ts';

/** What an operation takes as its body (OpenAPI 3.1 section 4.8.13). */
export interface RequestBody {
  readonly mediaType: string;
  readonly type: HttpBody['type'];
  readonly required: boolean;
  /** JSON Schema. */
  readonly schema: JsonObject;
}

// In the order of preference.
const KINDS: readonly (readonly [HttpBody['type'], RegExp])[] = [
  ['json', /^(?:application\/(?:[\w.-]{1,100}\+)?json|application\/\*|\*\/\*)(?=$|[; ])/i],
  ['form', /^application\/x-www-form-urlencoded\b/i],
  ['text', /^text\//i],
  ['multipart', /^multipart\/form-data\b/i],
  ['binary', /^/],
];

const FILE = {
  type: 'object',
  required: ['base64'],
  properties: { filename: { type: 'string' }, content_type: { type: 'string' }, base64: { type: 'string' } },
};
const BASE64 = { type: 'string', description: 'The bytes in base64.' };

/** The body in the media type that is easiest to write, if there is one. Throws NodeError `invalid_tool`. */
export function readRequestBody(
  document: unknown,
  operation: unknown,
  reader: SchemaReader,
): RequestBody | undefined {
  const raw = dereference(document, member(operation, 'requestBody'));
  if (raw === undefined) return undefined;
  const contents = membersOf(member(raw, 'content'));
  for (const [type, pattern] of KINDS) {
    const found = contents.find(([mediaType]) => pattern.test(mediaType));
    if (!found) continue;
    const [mediaType, description] = found;
    const required = member(raw, 'required') === true;
    const about = member(description, 'schema');
    const read = type === 'binary' ? BASE64 : reader.read(about);
    const schema = type === 'multipart' ? withFiles(read, document, dereference(document, about)) : read;
    return { mediaType: concrete(mediaType, type), type, required, schema };
  }
  throw invalidTool('a requestBody needs a media type under `content`');
}

/** Bytes in a form are files: `format: binary` in OpenAPI 3.0, `contentMediaType` in 3.1. */
function withFiles(schema: JsonObject, document: unknown, raw: unknown): JsonObject {
  const files = membersOf(member(raw, 'properties')).flatMap(([name, property]): [string, JsonObject][] => {
    const target = dereference(document, property);
    if (isFile(target)) return [[name, FILE]];
    return isFile(dereference(document, member(target, 'items')))
      ? [[name, { type: 'array', items: FILE }]]
      : [];
  });
  if (files.length === 0) return schema;
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return { ...schema, properties: Object.fromEntries([...properties, ...files]) };
}

const isFile = (schema: unknown): boolean =>
  member(schema, 'format') === 'binary' || member(schema, 'contentMediaType') !== undefined;

/** A range such as `text/*` as the type that is sent. */
function concrete(mediaType: string, type: HttpBody['type']): string {
  if (!mediaType.includes('*')) return mediaType;
  return type === 'text' ? 'text/plain; charset=utf-8' : 'application/json';
}
