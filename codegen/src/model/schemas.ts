import { basename } from 'node:path';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isObject } from '../json.ts';
import { type Cursor, child, entries, items, placeOf, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { NamedSchema, Schema, SchemaObject } from './api.ts';
import { isIdentifier, pascalCase, validatorName } from './names.ts';

/** Keywords that hold one schema, a list of schemas, schemas by name, or plain data. */
const KEYWORDS: Readonly<Record<string, 'schema' | 'list' | 'map' | 'data' | 'dropped'>> = {
  ...spread('schema', 'items additionalProperties not if then else contains propertyNames'),
  ...spread('schema', 'unevaluatedProperties unevaluatedItems'),
  ...spread('list', 'allOf anyOf oneOf prefixItems'),
  ...spread('map', 'properties patternProperties dependentSchemas'),
  ...spread('data', 'type const enum multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength'),
  ...spread('data', 'minLength pattern maxItems minItems uniqueItems maxContains minContains maxProperties'),
  ...spread('data', 'minProperties required dependentRequired format title description default deprecated'),
  ...spread('data', 'readOnly writeOnly'),
  // Annotations that change neither a type nor a check. Definitions are taken up where they are referred to.
  ...spread('dropped', '$schema $id $comment $defs definitions externalDocs xml example examples'),
  ...spread('dropped', 'contentEncoding contentMediaType contentSchema discriminator $ref'),
};

const ADVICE: Readonly<Record<string, string>> = {
  nullable: 'OpenAPI 3.1 and later say `type: [<type>, "null"]`.',
  $dynamicRef: 'Refer to a schema by its place with $ref.',
  $anchor: 'Refer to a schema by its place with $ref.',
  dependencies: 'Use dependentRequired or dependentSchemas.',
};

/** Type names that generated code needs for itself. */
const RESERVED_TYPES = new Set(['Operations', 'Record', 'Omit', 'Extract', 'WithRequired']);

const ANNOTATIONS = new Set(['title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly']);

function spread<Kind extends string>(kind: Kind, keywords: string): Record<string, Kind> {
  return Object.fromEntries(keywords.split(' ').map((keyword) => [keyword, kind]));
}

/** Gathers the schemas that an API uses, each once, under a name of its own. */
export interface SchemaTable {
  /** The name of the schema that `cursor` refers to, or of the one at `cursor`, which is then called `name`. */
  named(cursor: Cursor, name: string): string;
  /** A copy in our own form. What it refers to joins the table. */
  convert(cursor: Cursor): Schema;
  /** Adds a schema that no document holds as such. A second one for the same place is the first. */
  add(name: string, place: Cursor, schema: () => Schema, exported?: boolean): NamedSchema;
  all(): NamedSchema[];
}

export const referenceTo = (name: string): SchemaObject => ({ $ref: `#/components/schemas/${name}` });

export function createSchemaTable(documents: Documents): SchemaTable {
  type Entry = { -readonly [Key in keyof NamedSchema]: NamedSchema[Key] };
  const byPlace = new Map<string, Entry>();
  const namesTaken = new Map<string, Cursor>();

  function claim(name: string, place: Cursor): void {
    const other = namesTaken.get(validatorName(name));
    if (other)
      documents.report(place, `Another schema is called ${name} too: ${placeOf(other)}. Rename one.`);
    else if (RESERVED_TYPES.has(name))
      documents.report(place, `A schema cannot be called ${name}. Rename it.`);
    namesTaken.set(validatorName(name), place);
  }

  function add(name: string, place: Cursor, schema: () => Schema, exported = true): NamedSchema {
    const key = exported ? placeOf(place) : `${placeOf(place)} ${name}`;
    const known = byPlace.get(key);
    if (known) return known;
    claim(name, place);
    // Entered before its parts are read, because a schema may contain itself.
    const entry: Entry = { name, place, exported, schema: true };
    byPlace.set(key, entry);
    entry.schema = schema();
    return entry;
  }

  function named(cursor: Cursor, name: string): string {
    const target = definition(cursor);
    if (target.value === undefined) return name;
    if (target === cursor) return add(name, cursor, () => convert(cursor)).name;
    return add(definedName(target), target, () => convert(target)).name;
  }

  /**
   * What a `$ref` refers to. A definition that is but a `$ref` to its namesake is that namesake, and a
   * document whose root is but a `$ref` is what it refers to.
   */
  function definition(cursor: Cursor): Cursor {
    const target = documents.step(cursor);
    const next = target === cursor ? target : documents.step(target);
    if (next === target) return target;
    return target.pointer === '' || definedName(next) === definedName(target) ? definition(target) : target;
  }

  function convertReference(cursor: Cursor, siblings: SchemaObject): Schema {
    const target = definition(cursor);
    if (target.value === undefined) return true;
    const reference = referenceTo(add(definedName(target), target, () => convert(target)).name);
    if (Object.keys(siblings).every((key) => ANNOTATIONS.has(key))) return { ...siblings, ...reference };
    return { allOf: [reference, siblings] };
  }

  function convertKeyword(keyword: string, cursor: Cursor): unknown {
    switch (KEYWORDS[keyword]) {
      case 'schema':
        return convert(cursor);
      case 'list':
        return items(cursor).map(convert);
      case 'map':
        return Object.fromEntries(entries(cursor).map(([key, value]) => [key, convert(value)]));
      case 'data':
        checkData(keyword, cursor, documents);
        return cursor.value;
      case 'dropped':
        return undefined;
      default:
        documents.report(cursor, `Schema keyword not supported: ${keyword}. ${ADVICE[keyword] ?? ''}`.trim());
        return undefined;
    }
  }

  function convert(cursor: Cursor): Schema {
    if (typeof cursor.value === 'boolean') return cursor.value;
    if (!isObject(cursor.value)) {
      documents.report(cursor, 'A schema is an object or a boolean.');
      return true;
    }
    const keywords = entries(cursor).filter(([keyword]) => !keyword.startsWith('x-'));
    const converted = keywords.map(([keyword, value]) => [keyword, convertKeyword(keyword, value)] as const);
    const schema = Object.fromEntries(converted.filter(([, value]) => value !== undefined));
    if ('$ref' in cursor.value) return convertReference(cursor, schema);
    if (!('discriminator' in cursor.value)) return schema;
    return { ...schema, ...convertDiscriminator(cursor) };
  }

  /** A union that is dispatched by one property instead of tried branch by branch (OpenAPI 3.2 section 4.25). */
  function convertDiscriminator(cursor: Cursor): SchemaObject {
    const propertyName = text(child(cursor, 'discriminator', 'propertyName'));
    const defaultMapping = child(cursor, 'discriminator', 'defaultMapping');
    if (defaultMapping.value !== undefined)
      documents.report(defaultMapping, 'Not supported yet: defaultMapping.');
    if (propertyName === undefined) return {};
    if (!Array.isArray(child(cursor, 'oneOf').value)) {
      documents.report(
        child(cursor, 'discriminator'),
        'Not supported yet: discriminator without oneOf beside it.',
      );
      return {};
    }
    const branches = items(child(cursor, 'oneOf'));
    for (const branch of branches) checkBranch(branch, propertyName, documents);
    checkMapping(cursor, propertyName, documents);
    const oneOf = branches.map((branch) => {
      const target = documents.follow(branch);
      return target === branch ? convert(branch) : referenceTo(named(shortCut(branch, target), ''));
    });
    return { type: 'object', discriminator: { propertyName }, oneOf };
  }

  /** Refers straight to `target`, for validators do not look through a reference to a reference. */
  const shortCut = (branch: Cursor, target: Cursor): Cursor => ({
    ...branch,
    value: { $ref: `${target.document.source.absoluteRef}#${target.pointer}` },
  });

  return { named, convert, add, all: () => [...byPlace.values()] };
}

/** The name of a schema that has one in its document: the last part of its place. */
function definedName(cursor: Cursor): string {
  const [last = ''] = cursor.pointer.split('/').slice(-1);
  if (/\/(schemas|\$defs|definitions)\/[^/]+$/.test(cursor.pointer) && isIdentifier(last)) return last;
  const path = cursor.pointer.replaceAll(/\/(components|schemas|\$defs|definitions|properties)(?=\/)/g, '');
  return pascalCase(path === '' ? basename(cursor.document.source.absoluteRef).replace(/\..*$/, '') : path);
}

function checkData(keyword: string, cursor: Cursor, documents: Documents): void {
  if (keyword === 'format' && !((text(cursor) ?? '') in fullFormats)) {
    const known = Object.keys(fullFormats).join(', ');
    documents.report(cursor, `Format not supported: ${String(cursor.value)}. Known formats: ${known}.`);
  }
  if (keyword === 'pattern') {
    try {
      new RegExp(text(cursor) ?? '', 'u');
    } catch (error) {
      documents.report(cursor, error instanceof Error ? error.message : String(error));
    }
  }
}

/** The values of the discriminator that pick a branch. */
export function discriminatorValues(branch: Cursor, propertyName: string, documents: Documents): string[] {
  const property = child(documents.follow(branch), 'properties', propertyName);
  const constant = child(property, 'const').value;
  const values = constant === undefined ? child(property, 'enum').value : [constant];
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}

function checkBranch(branch: Cursor, propertyName: string, documents: Documents): void {
  const target = documents.follow(branch);
  if (target.value === undefined) return;
  if (discriminatorValues(branch, propertyName, documents).length === 0) {
    documents.report(
      target,
      `A branch of a union told apart by ${propertyName} needs properties.${propertyName}.const.`,
    );
  }
  const required = child(target, 'required').value;
  if (!Array.isArray(required) || !required.includes(propertyName)) {
    documents.report(target, `A branch of a union told apart by ${propertyName} must list it in required.`);
  }
}

function checkMapping(cursor: Cursor, propertyName: string, documents: Documents): void {
  const targets = new Map(
    items(child(cursor, 'oneOf')).map((branch) => [placeOf(documents.follow(branch)), branch] as const),
  );
  for (const [value, reference] of entries(child(cursor, 'discriminator', 'mapping'))) {
    const name = text(reference) ?? '';
    const $ref = /[#/]/.test(name) ? name : `#/components/schemas/${name}`;
    const branch = targets.get(placeOf(documents.follow({ ...reference, value: { $ref } })));
    if (!branch) documents.report(reference, `${name} is no branch of the oneOf.`);
    else if (!discriminatorValues(branch, propertyName, documents).includes(value)) {
      documents.report(reference, `${name} says another value for ${propertyName} than ${value}.`);
    }
  }
}
