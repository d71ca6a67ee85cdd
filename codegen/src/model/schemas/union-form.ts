import { isObject } from '../../json.ts';
import { type Cursor, child, placeOf } from '../../load/cursor.ts';
import type { Schema, SchemaObject } from '../api.ts';
import type { ConvertContext, Role, View } from './convert.ts';
import { narrows } from './keywords.ts';
import { listOf, type Union, type UnionBranch } from './unions.ts';

// The form in which a union is dispatched by one property instead of tried branch by branch:
// `{ type: object, discriminator: { propertyName }, oneOf }`. Every branch requires the property and says its
// values, as `const` or `enum`, in its own `properties` or in those of the schema that it refers to.

const valuesSchema = (values: readonly string[]): SchemaObject =>
  values.length === 1 ? { const: values[0] } : { enum: values };

/** Whether the schema says the values and the requirement itself, where dispatch looks for them. */
function isPlain({ value }: Cursor, propertyName: string): boolean {
  if (!isObject(value) || !isObject(value.properties) || !Array.isArray(value.required)) return false;
  const property = value.properties[propertyName];
  return (
    value.required.includes(propertyName) && isObject(property) && ('const' in property || 'enum' in property)
  );
}

/** Adds to a branch which values pick it. */
function withValues(schema: Schema, propertyName: string, values: readonly string[]): Schema {
  if (!isObject(schema)) return schema;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return {
    ...schema,
    properties: { ...properties, [propertyName]: valuesSchema(values) },
    required: [...new Set([...required, propertyName])],
  };
}

/** Whether a branch is nothing but a reference. */
const isBareReference = ({ value, document }: Cursor): boolean =>
  isObject(value) &&
  '$ref' in value &&
  (document.dialect === 'openapi-3.0' || !Object.keys(value).some(narrows));

/** What holds where no documented value is given, which must not let a faulty branch pass. */
const otherwiseSchema = (schema: SchemaObject, { propertyName, branches }: Union): SchemaObject => {
  const known = { [propertyName]: { enum: branches.flatMap(({ values }) => values) } };
  return { allOf: [schema, { not: { type: 'object', properties: known, required: [propertyName] } }] };
};

/** `union`, which stands at `cursor` beside the keywords `rest`. */
export function convertUnion(
  union: Union,
  cursor: Cursor,
  rest: SchemaObject,
  view: View,
  context: ConvertContext,
  convert: (cursor: Cursor, view: View) => Schema,
): SchemaObject {
  const { propertyName, branches, nulls, otherwise } = union;
  const isFamily = listOf(cursor) === undefined;

  /** A parent among its own kinds is what its children have in common, for they are branches themselves. */
  function roleOf(target: Cursor): Role {
    if (placeOf(target) === placeOf(cursor)) return 'base';
    const isParent = child(target, 'discriminator', 'propertyName').value === propertyName;
    return isParent && listOf(target) === undefined && context.unions.childrenOf(target).length > 0
      ? 'base'
      : 'value';
  }

  function convertBranch({ link, target, values, isConstrained }: UnionBranch): Schema {
    const isReference = isFamily || isBareReference(link);
    const schema = isReference
      ? context.reference(target, view, isFamily ? roleOf(target) : 'value')
      : convert(link, view);
    const isSaid = isConstrained && isPlain(isReference ? target : link, propertyName);
    return isSaid ? schema : withValues(schema, propertyName, values);
  }

  const dispatch = { type: 'object', discriminator: { propertyName }, oneOf: branches.map(convertBranch) };
  const others: SchemaObject[] = nulls.length > 0 ? [{ type: 'null' }] : [];
  if (otherwise) others.push(otherwiseSchema(context.reference(otherwise, view, 'value'), union));
  if (others.length === 0) return { ...rest, ...dispatch };
  const anyOf = [dispatch, ...others];
  if (!('anyOf' in rest)) return { ...rest, anyOf };
  return { ...rest, allOf: [...(Array.isArray(rest.allOf) ? rest.allOf : []), { anyOf }] };
}
