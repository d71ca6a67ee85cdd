import type { Parameter } from '@flowwire/contract';
import { isObject } from '../json.ts';
import { type Cursor, child, items, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { GroupName, ParameterGroup, Schema } from './api.ts';
import { pascalCase } from './names.ts';
import type { SchemaTable } from './schemas.ts';

const GROUPS: Readonly<Record<Parameter['in'], GroupName>> = {
  path: 'path',
  query: 'query',
  header: 'headers',
  cookie: 'cookies',
};

const DEFAULT_STYLES: Readonly<Record<Parameter['in'], Parameter['style']>> = {
  path: 'simple',
  query: 'form',
  header: 'simple',
  cookie: 'form',
};

const STYLES: readonly string[] = [
  'simple',
  'form',
  'deepObject',
  'label',
  'matrix',
  'spaceDelimited',
  'pipeDelimited',
] satisfies Parameter['style'][];

const SCALARS: readonly string[] = ['string', 'integer', 'number', 'boolean'];

/** Headers that other parts of a document describe (OpenAPI 3.2 section 4.12.2.1). */
const OTHERWISE_DESCRIBED = new Set(['accept', 'content-type', 'authorization']);

export interface ParameterModel {
  readonly parameter: Parameter;
  readonly place: Cursor;
  readonly schema: Cursor;
  readonly description?: string;
  readonly deprecated: boolean;
}

const isPlace = (value: unknown): value is Parameter['in'] => typeof value === 'string' && value in GROUPS;
const isStyle = (value: string): value is Parameter['style'] => STYLES.includes(value);
const isScalar = (value: unknown): value is NonNullable<Parameter['items']> =>
  typeof value === 'string' && SCALARS.includes(value);

/** How the text of a parameter is read: by its schema's type, through references. */
function wireType(schema: Cursor, documents: Documents): Parameter['type'] {
  const resolved = documents.follow(schema);
  const type = child(resolved, 'type').value;
  const first = Array.isArray(type) ? type.find((name) => name !== 'null') : type;
  if (isScalar(first) || first === 'array' || first === 'object') return first;
  const literals = child(resolved, 'enum').value;
  const sample = typeof (Array.isArray(literals) ? literals[0] : child(resolved, 'const').value);
  return sample === 'number' || sample === 'boolean' ? sample : 'string';
}

function readParameter(place: Cursor, documents: Documents): ParameterModel | undefined {
  const where = child(place, 'in').value;
  const name = text(child(place, 'name')) ?? '';
  if (!isPlace(where)) {
    documents.report(child(place, 'in'), `Not supported yet: a parameter in ${String(where)}.`);
    return undefined;
  }
  if (where === 'header' && OTHERWISE_DESCRIBED.has(name.toLowerCase())) return undefined;
  for (const feature of ['content', 'allowReserved', 'allowEmptyValue']) {
    const used = child(place, feature);
    if (used.value)
      documents.report(used, `Not supported yet: ${feature} of a parameter. Use schema and style.`);
  }
  const style = text(child(place, 'style')) ?? DEFAULT_STYLES[where];
  if (!isStyle(style)) {
    documents.report(child(place, 'style'), `Not supported yet: parameter style ${style}.`);
    return undefined;
  }
  const schema = child(place, 'schema');
  const type = wireType(schema, documents);
  const items = type === 'array' ? wireType(child(documents.follow(schema), 'items'), documents) : undefined;
  const description = text(child(place, 'description'));
  return {
    parameter: {
      name,
      in: where,
      required: where === 'path' || child(place, 'required').value === true,
      style,
      explode: explodes(child(place, 'explode').value, style),
      type,
      ...(isScalar(items) && { items }),
    },
    place,
    schema,
    ...(description !== undefined && { description }),
    deprecated: child(place, 'deprecated').value === true,
  };
}

const explodes = (value: unknown, style: Parameter['style']): boolean =>
  typeof value === 'boolean' ? value : style === 'form';

/** The parameters of an operation; its own take precedence over those of its path (section 4.10.1). */
export function readParameters(path: Cursor, operation: Cursor, documents: Documents): ParameterModel[] {
  const found = new Map<string, ParameterModel>();
  for (const cursor of [...items(child(path, 'parameters')), ...items(child(operation, 'parameters'))]) {
    const model = readParameter(documents.follow(cursor), documents);
    if (model) found.set(`${model.parameter.in} ${model.parameter.name}`, model);
  }
  return [...found.values()];
}

/** One object schema for all parameters of one place, so that they are typed and checked together. */
function groupSchema(members: readonly ParameterModel[], table: SchemaTable): Schema {
  const describe = ({ schema, description, deprecated }: ParameterModel): Schema => {
    const converted = schema.value === undefined ? true : table.convert(schema);
    if (!isObject(converted)) return converted;
    return { ...converted, ...(description && { description }), ...(deprecated && { deprecated }) };
  };
  return {
    type: 'object',
    properties: Object.fromEntries(members.map((member) => [member.parameter.name, describe(member)])),
    required: members.filter(({ parameter }) => parameter.required).map(({ parameter }) => parameter.name),
  };
}

export function groupParameters(
  operationId: string,
  operation: Cursor,
  parameters: readonly ParameterModel[],
  table: SchemaTable,
): ParameterGroup[] {
  return Object.entries(GROUPS).flatMap(([where, name]) => {
    const members = parameters.filter(({ parameter }) => parameter.in === where);
    if (members.length === 0) return [];
    const schema = table.add(
      pascalCase(`${operationId}-${name}`),
      operation,
      () => groupSchema(members, table),
      false,
    );
    return [{ name, schema, required: members.some(({ parameter }) => parameter.required) }];
  });
}
