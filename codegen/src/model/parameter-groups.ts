import type { Parameter } from '@flowwire/contract';
import { isObject } from '../json.ts';
import type { Cursor } from '../load/cursor.ts';
import type { GroupName, ParameterGroup, Schema } from './api.ts';
import { pascalCase } from './names.ts';
import type { ParameterModel } from './parameters.ts';
import type { SchemaTable } from './schemas.ts';

const GROUPS: Readonly<Record<Parameter['in'], GroupName>> = {
  path: 'path',
  query: 'query',
  querystring: 'querystring',
  header: 'headers',
  cookie: 'cookies',
};

function parameterSchema({ schema, description, deprecated }: ParameterModel, table: SchemaTable): Schema {
  const converted = schema.value === undefined ? true : table.convert(schema, 'input');
  if (!isObject(converted)) return converted;
  return { ...converted, ...(description && { description }), ...(deprecated && { deprecated }) };
}

/** One object schema for all parameters of one place, so that they are typed and checked together. */
const groupSchema = (members: readonly ParameterModel[], table: SchemaTable): Schema => ({
  type: 'object',
  properties: Object.fromEntries(
    members.map((member) => [member.parameter.name, parameterSchema(member, table)]),
  ),
  required: members.filter(({ parameter }) => parameter.required).map(({ parameter }) => parameter.name),
});

/** The parameters of an operation by their place. The whole query string is a group of its own: its value. */
export function groupParameters(
  operationId: string,
  operation: Cursor,
  parameters: readonly ParameterModel[],
  table: SchemaTable,
): ParameterGroup[] {
  return Object.entries(GROUPS).flatMap(([where, name]) => {
    const members = parameters.filter(({ parameter }) => parameter.in === where);
    const [first] = members;
    if (!first) return [];
    const schema = table.add(
      pascalCase(`${operationId}-${name}`),
      operation,
      () => (where === 'querystring' ? parameterSchema(first, table) : groupSchema(members, table)),
      false,
    );
    return [{ name, schema, required: members.some(({ parameter }) => parameter.required) }];
  });
}
