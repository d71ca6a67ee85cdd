import type { BodyKind } from '@flowwire/contract';
import { type Cursor, child, entries } from '../load/cursor.ts';
import type { BodyContentModel, OperationModel } from './api.ts';
import type { ModelContext } from './build.ts';
import { bodyKind, shortName } from './media-types.ts';
import { pascalCase } from './names.ts';
import { readForm } from './parts.ts';
import { wireType } from './wire-types.ts';

/** Whether a schema describes something else than text or bytes. */
export const isStructured = (schema: Cursor, { documents }: ModelContext): boolean =>
  schema.value !== undefined && wireType(schema, documents) !== 'string';

const ITEM_KEYWORDS = ['itemSchema', 'itemEncoding', 'prefixEncoding'];
const TEXT_CHECKS = ['enum', 'const', 'pattern', 'minLength', 'maxLength'];

/** What of a body is lost where it is text or bytes, whatever its document says. */
function lossOf(media: Cursor, context: ModelContext): string | undefined {
  const schema = child(media, 'schema');
  if (ITEM_KEYWORDS.some((keyword) => child(media, keyword).value !== undefined)) return 'single items';
  if (isStructured(schema, context)) return 'the schema';
  const target = context.documents.follow(schema);
  const checks = TEXT_CHECKS.filter((keyword) => child(target, keyword).value !== undefined);
  return checks.length > 0 ? checks.join(', ') : undefined;
}

/** Says what is lost of bodies of a media type, each loss once. */
export function warnOfLoss(mediaType: string, media: Cursor, kind: BodyKind, context: ModelContext): void {
  const { documents, warned } = context;
  const lost = lossOf(media, context);
  const subject = `${lost} of a body of ${mediaType}`;
  if (lost === undefined || warned.has(subject)) return;
  warned.add(subject);
  const got = kind === 'text' ? 'one text' : 'a Blob';
  documents.warn(media, `Not supported yet: ${subject}. Such bodies are ${got}.`);
}

/**
 * The stem of the names of a body's inline schemas: a request body or an answer that several operations share
 * has a name of its own.
 */
export function stemOf(target: Cursor, suffix: string, otherwise: string): string {
  const [, shared] = /\/components\/(?:requestBodies|responses)\/([^/]+)$/.exec(target.pointer) ?? [];
  return shared === undefined ? otherwise : `${shared}-${suffix}`;
}

/** The name of a JSON body's schema; any value fits where the document has none. */
export function schemaName(
  media: Cursor,
  name: string,
  direction: 'input' | 'output',
  { table }: ModelContext,
): string {
  const schema = child(media, 'schema');
  if (schema.value !== undefined) return table.named(schema, name, direction);
  return table.add(name, media, () => true).name;
}

/** The kind of a request body: parts without names, by their position, make no form. */
function requestKind(mediaType: string, media: Cursor, context: ModelContext): BodyKind {
  const schema = child(media, 'schema');
  const kind = bodyKind(mediaType, isStructured(schema, context));
  if (kind !== 'form' && kind !== 'multipart') return kind;
  if (schema.value !== undefined && wireType(schema, context.documents) === 'object') return kind;
  return kind === 'form' ? 'text' : 'binary';
}

function readMedia(mediaType: string, media: Cursor, name: string, context: ModelContext): BodyContentModel {
  const kind = requestKind(mediaType, media, context);
  if (kind === 'json') return { mediaType, kind, schema: schemaName(media, name, 'input', context) };
  if (kind === 'text' || kind === 'binary') {
    warnOfLoss(mediaType, media, kind, context);
    return { mediaType, kind };
  }
  const { parts, schema } = readForm(media, kind, context);
  const named =
    schema === undefined
      ? schemaName(media, name, 'input', context)
      : context.table.add(name, media, () => schema).name;
  return { mediaType, kind, parts, schema: named };
}

/** Reads the request body of an operation, in each of its media types (OpenAPI 3.2 section 4.13). */
export function readBody(
  operationId: string,
  method: string,
  operation: Cursor,
  context: ModelContext,
): OperationModel['body'] {
  const { documents } = context;
  const cursor = child(operation, 'requestBody');
  if (cursor.value === undefined) return undefined;
  const body = documents.follow(cursor);
  if (method === 'GET' || method === 'HEAD')
    documents.warn(
      cursor,
      `Browsers and Node's fetch send no body with ${method}: the client cannot either.`,
    );
  const stem = stemOf(body, 'body', `${operationId}-body`);
  const content = entries(child(body, 'content')).map(([mediaType, entry], index) => {
    const name = pascalCase(index === 0 ? stem : `${stem}-${shortName(mediaType)}`);
    return readMedia(mediaType, documents.follow(entry), name, context);
  });
  if (content.length === 0) return undefined;
  return { required: child(body, 'required').value === true, content };
}
