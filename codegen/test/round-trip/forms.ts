import { parts, partsByName } from '../../src/emit/validators/schemas.ts';
import { isValid } from '../../src/emit/validators/testing/reference.ts';
import { isObject } from '../../src/json.ts';
import type { Schema, SchemaObject } from '../../src/model/api.ts';

/** Schemas by name, as references name them. */
export type Known = Readonly<Record<string, Schema>>;

const REFERENCE_START = '#/components/schemas/';
const COMBINING = ['$ref', 'allOf', 'anyOf', 'oneOf'];
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** What `$ref` names. Throws when nothing has that name. */
export function targetOf(known: Known, { $ref }: SchemaObject): Schema | undefined {
  if (typeof $ref !== 'string') return undefined;
  const target = known[$ref.replace(REFERENCE_START, '')];
  if (target === undefined) throw new Error(`No schema is called ${$ref}.`);
  return target;
}

/** The schema that a value must meet beside the members that are declared. */
export const additionalOf = ({ additionalProperties: rest }: SchemaObject): Schema =>
  typeof rest === 'boolean' || isObject(rest) ? rest : true;

const both = (a: Schema, b: Schema): Schema => {
  if (a === true || b === true) return a === true ? b : a;
  return a === false || b === false ? false : { allOf: [a, b] };
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const intersection = (a: unknown, b: unknown): readonly unknown[] => {
  const texts = new Set(listOf(b).map((item) => JSON.stringify(item)));
  return listOf(a).filter((item) => texts.has(JSON.stringify(item)));
};

/** The values that `const` or `enum` allows. */
export const allowedBy = ({ const: only, enum: list }: SchemaObject): readonly unknown[] | undefined =>
  only !== undefined ? [only] : Array.isArray(list) ? list : undefined;

function mergeMembers(a: SchemaObject, b: SchemaObject): Record<string, Schema> {
  const [mine, yours] = [new Map(partsByName(a, 'properties')), new Map(partsByName(b, 'properties'))];
  const names = [...new Set([...mine.keys(), ...yours.keys()])];
  return Object.fromEntries(
    names.map((name) => [name, both(mine.get(name) ?? additionalOf(a), yours.get(name) ?? additionalOf(b))]),
  );
}

/** One schema for the values that meet two of them; neither refers or combines. */
function merge(a: SchemaObject, b: SchemaObject): SchemaObject {
  const result: Record<string, unknown> = { ...b, ...a };
  for (const [keywords, pick] of [
    [LOWER, Math.max],
    [UPPER, Math.min],
  ] as const) {
    for (const keyword of keywords) {
      const limits = [a[keyword], b[keyword]].filter((limit) => typeof limit === 'number');
      if (limits.length > 0) result[keyword] = pick(...limits);
    }
  }
  if (a.type !== undefined && b.type !== undefined) result.type = intersection(a.type, b.type);
  const [mine, yours] = [allowedBy(a), allowedBy(b)];
  if (mine && yours) {
    delete result.const;
    result.enum = intersection(mine, yours);
  }
  result.required = [...new Set([...listOf(a.required ?? []), ...listOf(b.required ?? [])])];
  result.properties = mergeMembers(a, b);
  result.additionalProperties = both(additionalOf(a), additionalOf(b));
  if (a.items !== undefined && b.items !== undefined) result.items = { allOf: [a.items, b.items] };
  return result;
}

const cross = (left: readonly SchemaObject[], right: readonly SchemaObject[]): SchemaObject[] =>
  left.flatMap((a) => right.map((b) => merge(a, b)));

const remembered = new WeakMap<SchemaObject, readonly SchemaObject[]>();

/**
 * The forms that a value of a schema can have: schemas without references and combinations at their root,
 * one for each way through its unions.
 */
export function formsOf(known: Known, schema: Schema): readonly SchemaObject[] {
  if (typeof schema === 'boolean') return schema ? [{}] : [];
  const before = remembered.get(schema);
  if (before) return before;
  const own = Object.fromEntries(Object.entries(schema).filter(([name]) => !COMBINING.includes(name)));
  let forms: readonly SchemaObject[] = [own];
  const target = targetOf(known, schema);
  for (const child of [...(target === undefined ? [] : [target]), ...parts(schema, 'allOf')]) {
    forms = cross(forms, formsOf(known, child));
  }
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = parts(schema, keyword);
    if (branches.length > 0)
      forms = cross(
        forms,
        branches.flatMap((branch) => formsOf(known, branch)),
      );
  }
  remembered.set(schema, forms);
  return forms;
}

/** Whether a union without a discriminator stands at a schema's root: its errors need not name a branch's place. */
export function isOpenUnion(known: Known, schema: Schema): boolean {
  if (typeof schema === 'boolean') return false;
  const branches = [...parts(schema, 'anyOf'), ...parts(schema, 'oneOf')];
  if (branches.length > 1 && schema.discriminator === undefined) return true;
  const target = targetOf(known, schema);
  return [...branches, ...parts(schema, 'allOf'), ...(target === undefined ? [] : [target])].some((child) =>
    isOpenUnion(known, child),
  );
}

/** The form that a value has, of those that a schema allows. */
export const formOf = (known: Known, schema: Schema, value: unknown): SchemaObject | undefined =>
  formsOf(known, schema).find((form) => isValid(known, form, value));

export const membersOf = (form: SchemaObject): ReadonlyMap<string, Schema> =>
  new Map(partsByName(form, 'properties'));
