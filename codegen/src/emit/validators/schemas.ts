import { isObject } from '../../json.ts';
import type { NamedSchema, Schema, SchemaObject } from '../../model/api.ts';

const REFERENCE_START = '#/components/schemas/';

/** The keywords that change a verdict, by what they hold. All others are annotations. */
const SINGLE = [
  'not',
  'if',
  'then',
  'else',
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties', 'dependentSchemas'];
const SCALAR = [
  'type',
  'binary',
  'const',
  'enum',
  'multipleOf',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'format',
];
const DATA = [
  ...SCALAR,
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxContains',
  'minContains',
  'maxProperties',
  'minProperties',
  'required',
  'dependentRequired',
  'discriminator',
];

const asSchema = (value: unknown): Schema | undefined =>
  typeof value === 'boolean' || isObject(value) ? value : undefined;

/** The schema that a keyword holds. */
export const part = (schema: SchemaObject, keyword: string): Schema | undefined => asSchema(schema[keyword]);

/** The schemas that some keywords hold. */
export const partsOf = (schema: SchemaObject, keywords: readonly string[]): Schema[] =>
  keywords.map((keyword) => part(schema, keyword)).filter((child) => child !== undefined);

/** The schemas that a keyword lists. */
export function parts(schema: SchemaObject, keyword: string): Schema[] {
  const list = schema[keyword];
  return Array.isArray(list) ? list.map((item) => asSchema(item) ?? true) : [];
}

/** The schemas that a keyword names. */
export function partsByName(schema: SchemaObject, keyword: string): [string, Schema][] {
  const map = schema[keyword];
  return isObject(map) ? Object.entries(map).map(([name, item]) => [name, asSchema(item) ?? true]) : [];
}

export function texts(schema: SchemaObject, keyword: string): string[] {
  const list = schema[keyword];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

export function numberOf(schema: SchemaObject, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}

export function textOf(schema: SchemaObject, keyword: string): string | undefined {
  const value = schema[keyword];
  return typeof value === 'string' ? value : undefined;
}

/** The names in `type`. */
export const typesIn = (schema: SchemaObject): string[] =>
  typeof schema.type === 'string' ? [schema.type] : texts(schema, 'type');

/** A schema that others refer to by its name. */
export type Entry = Pick<NamedSchema, 'name' | 'schema'>;

/** All schemas of a file, and which of them say the same. */
export interface Schemas {
  /** What a schema refers to when it does nothing else; else itself. One that demands nothing is `true`. */
  resolve(schema: Schema): Schema;
  /** The target of `$ref`. */
  target(schema: SchemaObject): Schema | undefined;
  /** Equal for schemas that accept the same values by the same keywords. */
  id(schema: Schema): number;
  /** How much code a schema needs, about: the number of its keywords and members, without what it refers to. */
  weight(schema: Schema): number;
  /** The schemas directly inside. */
  children(schema: Schema): Schema[];
}

interface Known {
  readonly id: number;
  readonly weight: number;
}

const ALWAYS: Known = { id: 0, weight: 0 };
const NEVER: Known = { id: 1, weight: 1 };

type Kind = 'single' | 'list' | 'map' | 'data';

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...SINGLE.map((keyword) => [keyword, 'single'] as const),
  ...LISTS.map((keyword) => [keyword, 'list'] as const),
  ...MAPS.map((keyword) => [keyword, 'map'] as const),
  ...DATA.map((keyword) => [keyword, 'data'] as const),
]);
const COMPOUND = new Set([...KINDS.keys(), '$ref'].filter((keyword) => !SCALAR.includes(keyword)));

/** Whether a schema limits only the value itself: it says nothing of members, items or further schemas. */
export const isScalar = (schema: SchemaObject): boolean =>
  !Object.keys(schema).some((keyword) => COMPOUND.has(keyword));

const hasKeyword = (schema: SchemaObject): boolean => {
  for (const keyword in schema) if (KINDS.has(keyword)) return true;
  return false;
};

/** Whether a schema does nothing but refer to another one. */
const isReference = (schema: SchemaObject): boolean => schema.$ref !== undefined && !hasKeyword(schema);

const demandsNothing = (schema: SchemaObject): boolean => schema.$ref === undefined && !hasKeyword(schema);

/** What is known of a list of schemas is known for each file that is made of them. */
const knownLists = new WeakMap<readonly Entry[], Schemas>();

export function schemasOf(named: readonly Entry[]): Schemas {
  const schemas = knownLists.get(named) ?? createSchemas(named);
  knownLists.set(named, schemas);
  return schemas;
}

/** Takes up the schemas of a file. Throws when one refers to a schema that is not among them. */
function createSchemas(named: readonly Entry[]): Schemas {
  const byName = new Map(named.map(({ name, schema }) => [name, schema]));
  const known = new Map<SchemaObject, Known>();
  const ids = new Map<string, Known>();

  function target(schema: SchemaObject): Schema | undefined {
    const reference = textOf(schema, '$ref');
    if (reference === undefined) return undefined;
    const found = byName.get(reference.replace(REFERENCE_START, ''));
    if (found === undefined) throw new Error(`No schema is called ${reference}.`);
    return found;
  }

  function resolve(schema: Schema): Schema {
    let current = schema;
    // Schemas that only refer to each other in a circle say nothing.
    for (let steps = 0; typeof current === 'object' && isReference(current); steps++) {
      if (steps > byName.size) return true;
      current = target(current) ?? true;
    }
    return typeof current === 'object' && demandsNothing(current) ? true : current;
  }

  function know(schema: Schema): Known {
    if (typeof schema === 'boolean') return schema ? ALWAYS : NEVER;
    const before = known.get(schema);
    if (before) return before;
    const { key, weight } = describe(schema);
    const entry = key === '' ? ALWAYS : (ids.get(key) ?? { id: ids.size + 2, weight });
    ids.set(key, entry);
    known.set(schema, entry);
    return entry;
  }

  /** A text that is the same for schemas that say the same; children stand in it by their ids. */
  function describe(schema: SchemaObject): { readonly key: string; readonly weight: number } {
    // By the reference's own text: what it refers to may contain this schema.
    const said = schema.$ref === undefined ? [] : [`$ref ${String(schema.$ref)}`];
    let weight = said.length;
    for (const keyword of Object.keys(schema)) {
      const kind = KINDS.get(keyword);
      if (kind === undefined) continue;
      if (kind === 'data') {
        said.push(`${keyword} ${JSON.stringify(schema[keyword])}`);
        weight += keyword === 'required' ? texts(schema, keyword).length : 1;
        continue;
      }
      const names = kind === 'map' && isObject(schema[keyword]) ? Object.keys(schema[keyword]) : [];
      const children = childrenOf(schema, keyword, kind).map(know);
      const members = children.map(({ id }, index) => `${id} ${JSON.stringify(names[index])}`);
      if (members.length > 0) said.push(`${keyword} ${members.join()}`);
      for (const child of children) weight += child.weight + 1;
    }
    return { key: said.length > 1 ? said.sort().join('\n') : said.join(''), weight };
  }

  return {
    resolve,
    target,
    id: (schema) => know(resolve(schema)).id,
    weight: (schema) => know(schema).weight,
    children: (schema) =>
      typeof schema === 'boolean'
        ? []
        : Object.keys(schema).flatMap((keyword) => childrenOf(schema, keyword, KINDS.get(keyword))),
  };
}

function childrenOf(schema: SchemaObject, keyword: string, kind: Kind | undefined): readonly Schema[] {
  switch (kind) {
    case 'single':
      return partsOf(schema, [keyword]);
    case 'list':
      return parts(schema, keyword);
    case 'map':
      return partsByName(schema, keyword).map(([, child]) => child);
    default:
      return [];
  }
}
