import type { PartFormat } from '@flowwire/contract';
import { isObject } from '../json.ts';
import { type Cursor, child, entries, items, placeOf, text } from '../load/cursor.ts';
import type { Schema } from './api.ts';
import type { ModelContext } from './build.ts';
import { bodyKind, isRange } from './media-types.ts';
import { isUntyped, itemsOf, propertiesOf, wireType } from './wire-types.ts';

/** The properties of a form or multipart body. */
interface FormModel {
  readonly parts: Readonly<Record<string, PartFormat>>;
  /** The schema in our own form, where some properties are bytes: the document's says text. */
  readonly schema?: Schema;
}

/** The media type of a part whose schema names no type (OpenAPI 3.2 section 4.15.1.1). */
const UNSAID = 'application/octet-stream';

const isBytes = (schema: Schema): boolean =>
  isObject(schema) && (schema.binary === true || (isObject(schema.items) && schema.items.binary === true));

/** Warns of what an encoding asks for that a part cannot have. */
function checkEncoding(encoding: Cursor, { documents }: ModelContext): void {
  for (const feature of ['headers', 'encoding', 'prefixEncoding', 'itemEncoding']) {
    const used = child(encoding, feature);
    if (used.value !== undefined) documents.warn(used, `Not supported yet: ${feature} of a part.`);
  }
  const style = child(encoding, 'style');
  const explode = child(encoding, 'explode');
  const advice = 'A list is sent item by item, an object as JSON.';
  if (style.value !== undefined && style.value !== 'form')
    documents.warn(style, `Not supported yet: style ${String(style.value)} in a form. ${advice}`);
  else if (explode.value === false)
    documents.warn(explode, `Not supported yet: explode: false in a form. ${advice}`);
}

/** How one property is sent (OpenAPI 3.2 section 4.15.1.1). */
function readPart(property: Cursor, encoding: Cursor, bytes: boolean, context: ModelContext): PartFormat {
  const { documents } = context;
  const repeated = wireType(property, documents) === 'array';
  const value = repeated ? (itemsOf(property, documents) ?? property) : property;
  const type = wireType(value, documents);
  const isStructured = type === 'object' || type === 'array';
  // A list of media types, or a range, leaves the choice to who sends the part.
  const contentType = text(child(encoding, 'contentType')) ?? '';
  const [declared = ''] = contentType.split(',');
  const isFixed = contentType !== '' && declared === contentType && !isRange(contentType);
  const format = { ...(isFixed && { contentType }), ...(repeated && { repeated }) };
  if (bytes) return { kind: 'binary', ...format };
  const said = declared === '' ? undefined : bodyKind(declared, isStructured);
  if (said === 'json' || (said !== 'text' && isStructured)) return { kind: 'json', ...format };
  return { kind: 'text', ...format, type: isStructured ? 'string' : type };
}

/** The schema of a property that is bytes, by its own words or by the media type of its part. */
function bytesSchema(
  property: Cursor,
  encoding: Cursor,
  { documents, table }: ModelContext,
): Schema | undefined {
  const converted = table.convertPart(property);
  if (isBytes(converted)) return converted;
  const list = wireType(property, documents) === 'array' ? itemsOf(property, documents) : undefined;
  if (!isUntyped(list ?? property, documents)) return undefined;
  const mediaTypes = text(child(encoding, 'contentType')) ?? UNSAID;
  if (mediaTypes.split(',').some((type) => bodyKind(type, false) !== 'binary')) return undefined;
  const description = text(child(documents.follow(property), 'description'));
  return {
    ...(description !== undefined && { description }),
    ...(list ? { type: 'array', items: { binary: true } } : { binary: true }),
  };
}

/** Reads the properties of a form or multipart body. Of the two only multipart carries bytes. */
export function readForm(media: Cursor, kind: 'form' | 'multipart', context: ModelContext): FormModel {
  const { documents } = context;
  const schema = child(media, 'schema');
  const properties = propertiesOf(schema, documents);
  const bytes = new Map<string, Schema>();
  const parts = [...properties].map(([name, property]) => {
    const encoding = documents.follow(child(media, 'encoding', name));
    const binary = kind === 'multipart' ? bytesSchema(property, encoding, context) : undefined;
    if (binary !== undefined) bytes.set(placeOf(property), binary);
    return [name, readPart(property, encoding, binary !== undefined, context)] as const;
  });
  for (const [name, encoding] of entries(child(media, 'encoding'))) {
    if (properties.has(name)) checkEncoding(documents.follow(encoding), context);
    else documents.warn(encoding, `The schema has no property ${name}: its encoding is not used.`);
  }
  return {
    parts: Object.fromEntries(parts),
    ...(bytes.size > 0 && { schema: withBytes(schema, bytes, context) }),
  };
}

/** A schema in which the properties that are bytes say so; written out where it has such properties. */
function withBytes(schema: Cursor, bytes: ReadonlyMap<string, Schema>, context: ModelContext): Schema {
  const { documents, table } = context;
  const isAffected = [...propertiesOf(schema, documents).values()].some((property) =>
    bytes.has(placeOf(property)),
  );
  const target = isAffected ? documents.follow(schema) : schema;
  const converted = table.convert(target, 'input');
  if (!isAffected || !isObject(converted)) return converted;
  const replaced = entries(child(target, 'properties')).flatMap(([name, property]) => {
    const binary = bytes.get(placeOf(property));
    return binary === undefined ? [] : [[name, binary] as const];
  });
  const properties = { ...Object(converted.properties), ...Object.fromEntries(replaced) };
  const combined = ['allOf', 'oneOf', 'anyOf'].flatMap((keyword) => {
    const parts = items(child(target, keyword)).map((part) => withBytes(part, bytes, context));
    return parts.length > 0 ? [[keyword, parts] as const] : [];
  });
  return {
    ...converted,
    ...(replaced.length > 0 && { properties }),
    ...Object.fromEntries(combined),
  };
}
