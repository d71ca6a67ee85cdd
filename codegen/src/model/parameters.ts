import type { Parameter } from '@flowwire/contract';
import { type Cursor, child, entries, items, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import { bodyKind } from './media-types.ts';
import { isScalar, itemsOf, propertiesOf, wireType } from './wire-types.ts';

type Place = Parameter['in'];
type Style = Parameter['style'];

/** The styles of each place, the default first (OpenAPI 3.2 section 4.12.2.2). */
const STYLES: Readonly<Record<Place, readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  querystring: ['form'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
};

/** Headers that other parts of a document describe (OpenAPI 3.2 section 4.12.2.1). */
const OTHERWISE_DESCRIBED = new Set(['accept', 'content-type', 'authorization']);

export interface ParameterModel {
  readonly parameter: Parameter;
  readonly place: Cursor;
  /** Its value is undefined when the document has no schema. */
  readonly schema: Cursor;
  readonly description?: string;
  readonly deprecated: boolean;
}

const isPlace = (value: unknown): value is Place => typeof value === 'string' && Object.hasOwn(STYLES, value);

function readStyle(cursor: Cursor, where: Place, documents: Documents): Style | undefined {
  const own = text(child(cursor, 'style'));
  const [standard] = STYLES[where];
  if (own === undefined) return standard;
  const style = STYLES[where].find((name) => name === own);
  if (style === undefined) {
    const advice = `Use ${STYLES[where].join(', ')}.`;
    documents.report(child(cursor, 'style'), `A ${where} parameter has no style ${own}. ${advice}`);
  }
  return style;
}

/** How the declared members of an object are read. */
function memberTypes(
  name: string,
  schema: Cursor,
  documents: Documents,
): NonNullable<Parameter['properties']> {
  const types = [...propertiesOf(schema, documents)].flatMap(([key, property]) => {
    const type = wireType(property, documents);
    if (type !== 'object') return [[key, type] as const];
    const advice = 'OpenAPI does not say how an object inside a parameter is written.';
    documents.warn(property, `${key} of the parameter ${name} is read and written as text. ${advice}`);
    return [];
  });
  return Object.fromEntries(types);
}

/** How the text of a value is read: its type, and what is in a list or an object. */
function readShape(
  name: string,
  schema: Cursor,
  documents: Documents,
): Pick<Parameter, 'type' | 'items' | 'properties'> {
  const type = wireType(schema, documents);
  if (type === 'object') return { type, properties: memberTypes(name, schema, documents) };
  const itemSchema = type === 'array' ? itemsOf(schema, documents) : undefined;
  if (!itemSchema) return { type };
  const itemType = wireType(itemSchema, documents);
  if (isScalar(itemType)) return { type, items: itemType };
  const advice = 'OpenAPI does not say how they are written. Use content with application/json.';
  documents.warn(itemSchema, `The items of the parameter ${name} are read and written as text. ${advice}`);
  return { type };
}

/** A parameter that is one value of a media type: JSON, text, or a form that is the whole query (section 4.12.2.3). */
function readContent(
  cursor: Cursor,
  base: Pick<Parameter, 'name' | 'in' | 'required'>,
  documents: Documents,
): { readonly parameter: Parameter; readonly schema: Cursor } | undefined {
  const [[contentType, entry] = [], second] = entries(child(cursor, 'content'));
  if (contentType === undefined || entry === undefined || second) {
    documents.report(child(cursor, 'content'), 'The content of a parameter has exactly one media type.');
    return undefined;
  }
  const schema = child(documents.follow(entry), 'schema');
  const kind = bodyKind(contentType, false);
  const type = wireType(schema, documents);
  const isForm = kind === 'form' && type === 'object' && base.in === 'querystring';
  if (kind !== 'json' && type !== 'string' && !isForm) {
    const advice = 'Use application/json.';
    documents.report(entry, `Not supported yet: a ${base.in} parameter of ${contentType}. ${advice}`);
  }
  const shape = isForm ? readShape(base.name, schema, documents) : { type };
  const [style] = STYLES[base.in];
  return { parameter: { ...base, style: style ?? 'form', explode: true, ...shape, contentType }, schema };
}

/** A parameter that is written by style and explode (section 4.12.2.2). */
function readStyled(
  cursor: Cursor,
  base: Pick<Parameter, 'name' | 'in' | 'required'>,
  documents: Documents,
): { readonly parameter: Parameter; readonly schema: Cursor } | undefined {
  const style = readStyle(cursor, base.in, documents);
  if (style === undefined) return undefined;
  const explode = child(cursor, 'explode').value;
  const schema = child(cursor, 'schema');
  const shape = readShape(base.name, schema, documents);
  if (style === 'deepObject' && shape.type !== 'object')
    documents.warn(child(cursor, 'style'), 'OpenAPI says what deepObject is for objects only.');
  const allowReserved = child(cursor, 'allowReserved');
  if (allowReserved.value === true && base.in !== 'query')
    documents.warn(allowReserved, `Reserved characters are escaped in a ${base.in} parameter all the same.`);
  const parameter: Parameter = {
    ...base,
    style,
    explode: typeof explode === 'boolean' ? explode : style === 'form' || style === 'cookie',
    ...shape,
    ...(allowReserved.value === true && base.in === 'query' && { allowReserved: true }),
  };
  return { parameter, schema };
}

function readParameter(cursor: Cursor, documents: Documents): ParameterModel | undefined {
  const where = child(cursor, 'in').value;
  const name = text(child(cursor, 'name')) ?? '';
  if (!isPlace(where)) {
    documents.report(child(cursor, 'in'), `There are no parameters in ${String(where)}.`);
    return undefined;
  }
  if (where === 'header' && OTHERWISE_DESCRIBED.has(name.toLowerCase())) return undefined;
  const allowEmptyValue = child(cursor, 'allowEmptyValue');
  if (allowEmptyValue.value === true) {
    const advice = 'Let its schema allow the empty text instead.';
    documents.warn(allowEmptyValue, `allowEmptyValue is deprecated and not followed. ${advice}`);
  }
  const base = { name, in: where, required: where === 'path' || child(cursor, 'required').value === true };
  const hasContent = where === 'querystring' || child(cursor, 'content').value !== undefined;
  const read = (hasContent ? readContent : readStyled)(cursor, base, documents);
  if (!read) return undefined;
  const description = text(child(cursor, 'description'));
  return {
    ...read,
    place: cursor,
    ...(description !== undefined && { description }),
    deprecated: child(cursor, 'deprecated').value === true,
  };
}

/** Equal for parameters of which one takes the other's place. Header names are told apart by letters alone. */
const identity = ({ parameter: { in: where, name } }: ParameterModel): string =>
  `${where} ${where === 'header' ? name.toLowerCase() : name}`;

/** The parameters of an operation; its own take precedence over those of its path (section 4.10.1). */
export function readParameters(path: Cursor, operation: Cursor, documents: Documents): ParameterModel[] {
  const found = new Map<string, ParameterModel>();
  for (const cursor of [...items(child(path, 'parameters')), ...items(child(operation, 'parameters'))]) {
    const model = readParameter(documents.follow(cursor), documents);
    if (model) found.set(identity(model), model);
  }
  const models = [...found.values()];
  const whole = models.filter(({ parameter }) => parameter.in === 'querystring');
  const [querystring, second] = whole;
  if (second) documents.report(second.place, 'An operation has one parameter in querystring at most.');
  else if (querystring && models.some(({ parameter }) => parameter.in === 'query'))
    documents.report(querystring.place, 'A parameter in querystring is the whole query: it stands alone.');
  return models;
}
