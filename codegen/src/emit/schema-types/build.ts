import { isObject } from '../../json.ts';
import type { Schema, SchemaObject } from '../../model/api.ts';
import { quote } from '../text.ts';
import {
  ANY_OBJECT,
  array,
  intersection,
  keyOf,
  type Member,
  NEVER,
  NO_OBJECT,
  NULL,
  object,
  type TypeNode,
  tuple,
  UNKNOWN,
  union,
  word,
} from './nodes.ts';

const WORDS: Readonly<Record<string, TypeNode>> = {
  string: word('string'),
  number: word('number'),
  integer: word('number'),
  boolean: word('boolean'),
  null: NULL,
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const membersOf = (value: unknown): SchemaObject => (isObject(value) ? value : {});
const isSchema = (value: unknown): value is Schema => typeof value === 'boolean' || isObject(value);
const schemasOf = (value: unknown): Schema[] => listOf(value).filter(isSchema);

/** A value that is fixed, as a type. */
function literalType(value: unknown): TypeNode {
  if (typeof value === 'string') return word(quote(value));
  if (Array.isArray(value)) return tuple(value.map((item) => ({ type: literalType(item), optional: false })));
  if (!isObject(value)) return value === null ? NULL : word(String(value));
  const members = Object.entries(value).map(([name, member]) => ({
    name,
    optional: false,
    type: literalType(member),
    comment: '',
  }));
  return members.length === 0 ? NO_OBJECT : object(members);
}

/** What a property's comment says: its description, its default and that it is deprecated. */
function commentOf(schema: Schema): string {
  if (!isObject(schema)) return '';
  const { description, default: preset, deprecated } = schema;
  const lines = typeof description === 'string' ? [description.trim()] : [];
  if (preset !== undefined)
    lines.push(`@default ${typeof preset === 'object' ? JSON.stringify(preset) : String(preset)}`);
  if (deprecated === true) lines.push('@deprecated');
  return lines.join('\n');
}

/** Members that one direction of travel leaves out say so in the model (see SchemaTable). */
const isLeftOut = (schema: unknown): boolean =>
  isObject(schema) && (schema.readOnly === true || schema.writeOnly === true);

/** What the schemas that speak of an object say of one of its properties. */
interface Declared {
  /** All of them hold; not empty. */
  readonly schemas: readonly Schema[];
  readonly required: boolean;
}

const OBJECT_KEYWORDS = ['properties', 'patternProperties', 'additionalProperties', 'required'];
const COMBINING = ['$ref', 'allOf', 'anyOf', 'oneOf'];

/** Longer index types say less than `unknown` does. */
const MAX_INDEX = 80;

/** Makes types of schemas in our own form. */
export class TypeBuilder {
  readonly #schemas: ReadonlyMap<string, Schema>;

  constructor(schemas: ReadonlyMap<string, Schema>) {
    this.#schemas = schemas;
  }

  /** `around` are the schemas that hold for the same value. */
  build(schema: Schema, around: readonly Schema[] = []): TypeNode {
    if (typeof schema === 'boolean') return schema ? UNKNOWN : NEVER;
    if (schema.binary === true) return word('Blob');
    const { $ref, not } = schema;
    if (not === true || (isObject(not) && Object.keys(not).length === 0)) return NEVER;
    const context = [...around, schema];
    const parts: TypeNode[] = [];
    if (typeof $ref === 'string') parts.push(word(nameOf($ref)));
    for (const part of schemasOf(schema.allOf)) parts.push(this.build(part, context));
    const own = this.#own(schema, context);
    if (own) parts.push(own);
    for (const keyword of ['oneOf', 'anyOf']) {
      const branches = schemasOf(schema[keyword]);
      if (branches.length > 0) parts.push(union(branches.map((branch) => this.build(branch, context))));
    }
    return parts.length === 1 ? (parts[0] ?? UNKNOWN) : intersection(parts);
  }

  /** What a schema says by itself; undefined when it leaves the type open. */
  #own(schema: SchemaObject, context: readonly Schema[]): TypeNode | undefined {
    if (schema.const !== undefined) return literalType(schema.const);
    if (Array.isArray(schema.enum)) return union(schema.enum.map(literalType));
    const { type } = schema;
    const types = type === undefined ? impliedTypes(schema) : [type].flat();
    const nodes = types.flatMap((name) => this.#ofType(name, schema, context) ?? []);
    return nodes.length === types.length && nodes.length > 0 ? union(nodes) : undefined;
  }

  #ofType(type: unknown, schema: SchemaObject, context: readonly Schema[]): TypeNode | undefined {
    if (type === 'object') return this.#object(schema, context);
    if (type === 'array') return this.#array(schema);
    return typeof type === 'string' ? WORDS[type] : undefined;
  }

  #array({ prefixItems, items, unevaluatedItems, minItems, maxItems }: SchemaObject): TypeNode {
    const first = schemasOf(prefixItems);
    const rest = items ?? unevaluatedItems ?? true;
    const restType = isSchema(rest) ? this.build(rest) : UNKNOWN;
    if (first.length === 0) return array(restType);
    const least = typeof minItems === 'number' ? minItems : 0;
    const most = typeof maxItems === 'number' ? maxItems : Number.POSITIVE_INFINITY;
    const elements = first.map((item, index) => ({ type: this.build(item), optional: index >= least }));
    return tuple(elements.slice(0, most), restType === NEVER || most <= first.length ? undefined : restType);
  }

  #object(schema: SchemaObject, context: readonly Schema[]): TypeNode | undefined {
    const { type, patternProperties, additionalProperties } = schema;
    const members = this.#members(schema, context);
    const isCombined = COMBINING.some((keyword) => keyword in schema);
    const patterns = Object.values(membersOf(patternProperties)).filter(isSchema);
    const others =
      isObject(additionalProperties) || additionalProperties === true ? [additionalProperties] : [];
    const isClosed = additionalProperties === false;
    if (patterns.length + others.length === 0) {
      if (members.length > 0) return object(members);
      if (type === undefined || isCombined) return undefined;
      return isClosed ? NO_OBJECT : ANY_OBJECT;
    }
    const open = isClosed || others.length > 0 ? [] : [true];
    const index = union([...patterns, ...others, ...open].map((part) => this.build(part)));
    if (members.length === 0) return index === UNKNOWN ? ANY_OBJECT : object([], index);
    return object(members, fittingIndex(index, members));
  }

  #members(schema: SchemaObject, context: readonly Schema[]): Member[] {
    const required = new Set(listOf(schema.required));
    const properties = Object.entries(membersOf(schema.properties)).filter(
      ([, property]) => !isLeftOut(property),
    );
    const members = properties.flatMap(([name, property]): Member[] => {
      if (!isSchema(property)) return [];
      const member = {
        name,
        optional: !required.has(name),
        type: this.build(property),
        comment: commentOf(property),
      };
      return this.#isSaidElsewhere(member, schema) ? [] : [member];
    });
    for (const name of required) {
      if (typeof name !== 'string' || Object.hasOwn(membersOf(schema.properties), name)) continue;
      members.push(...this.#requiredElsewhere(name, schema, context));
    }
    return members;
  }

  /** A member that is required here and declared by another schema for the same object. */
  #requiredElsewhere(name: string, schema: SchemaObject, context: readonly Schema[]): Member[] {
    const { $ref, allOf } = schema;
    const parts = { ...(typeof $ref === 'string' && { $ref }), ...(allOf !== undefined && { allOf }) };
    const others = context.map((other) => (other === schema ? parts : other));
    const declared = others.flatMap((other) => this.#declared(other, name, new Set()) ?? []);
    const schemas = declared.flatMap((found) => found.schemas);
    if (declared.some(({ required }) => required) || schemas.some(isLeftOut)) return [];
    const isStated = schema.type !== undefined && !COMBINING.some((keyword) => keyword in schema);
    if (schemas.length === 0 && !(isStated && context.length === 1)) return [];
    return [{ name, optional: false, type: this.#all(schemas), comment: '' }];
  }

  #all(schemas: readonly Schema[]): TypeNode {
    return intersection(schemas.map((schema) => this.build(schema)));
  }

  /** Whether what a schema refers to has the very same member. */
  #isSaidElsewhere(member: Member, { $ref, allOf }: SchemaObject): boolean {
    if (typeof $ref !== 'string') return false;
    const found = this.#declared({ $ref, ...(allOf !== undefined && { allOf }) }, member.name, new Set());
    if (!found || !(found.required || member.optional)) return false;
    return keyOf(this.#all(found.schemas)) === keyOf(member.type);
  }

  /** What a schema, what it refers to and the parts of its allOf say of a property. */
  #declared(schema: Schema, name: string, seen: Set<Schema>): Declared | undefined {
    if (!isObject(schema) || seen.has(schema)) return undefined;
    seen.add(schema);
    const { $ref, allOf, properties, required } = schema;
    const own = membersOf(properties);
    const referred = typeof $ref === 'string' ? [this.#schemas.get(nameOf($ref)) ?? true] : [];
    const parts = [...referred, ...schemasOf(allOf)].flatMap(
      (part) => this.#declared(part, name, seen) ?? [],
    );
    const property = Object.hasOwn(own, name) ? own[name] : undefined;
    const schemas = [...(isSchema(property) ? [property] : []), ...parts.flatMap((part) => part.schemas)];
    if (schemas.length === 0) return undefined;
    return { schemas, required: listOf(required).includes(name) || parts.some((part) => part.required) };
  }
}

const nameOf = ($ref: string): string => $ref.slice('#/components/schemas/'.length);

/** The types that a schema without `type` is meant for. */
function impliedTypes(schema: SchemaObject): string[] {
  if (OBJECT_KEYWORDS.some((keyword) => keyword in schema)) return ['object'];
  return 'items' in schema || 'prefixItems' in schema ? ['array'] : [];
}

/** An index must also fit the members that have a type of their own. */
function fittingIndex(index: TypeNode, members: readonly Member[]): TypeNode {
  const types = [index, ...members.map(({ type }) => type)];
  if (members.some(({ optional }) => optional)) types.push(word('undefined'));
  const all = union(types);
  return all.flat !== undefined && all.flat.length <= MAX_INDEX ? all : UNKNOWN;
}
