import { type Cursor, placeOf } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { NamedSchema, Schema, SchemaObject } from './api.ts';
import { type Role, SchemaConverter, type View } from './schemas/convert.ts';
import { createFamilies, type Families } from './schemas/families.ts';
import { createSchemaGraph, type SchemaGraph } from './schemas/graph.ts';
import { createSchemaNames, isBareReference, namesakeOf } from './schemas/names.ts';
import { convertPart } from './schemas/parts.ts';
import { createScopes, NO_SCOPE } from './schemas/scopes.ts';
import { UnionReader, type Unions } from './schemas/unions.ts';
import { createVariants, type Direction } from './schemas/variants.ts';

export type { Direction } from './schemas/variants.ts';

/**
 * Gathers the schemas that an API uses, each once, under a name of its own. Where `readOnly` or `writeOnly`
 * make two schemas of one, `direction` says which is meant; it is `output` when absent.
 */
export interface SchemaTable {
  /** The name of the schema that `cursor` refers to, or of the one at `cursor`, which is then called `name`. */
  named(cursor: Cursor, name: string, direction?: Direction): string;
  /** A copy in our own form. What it refers to joins the table. */
  convert(cursor: Cursor, direction?: Direction): Schema;
  /**
   * A copy of the schema of one part of a form or multipart body. It is `{ binary: true }` where the part is
   * bytes: by `format: binary` (OpenAPI 3.0), or by a `contentMediaType` that is no text and not encoded (3.1
   * and later). The same for the items of an array.
   */
  convertPart(cursor: Cursor): Schema;
  /** Adds a schema that no document holds as such. A second one for the same place is the first. */
  add(name: string, place: Cursor, schema: () => Schema, exported?: boolean): NamedSchema;
  /** The name of the type for a schema that has a place of its own in a document. */
  nameOf(place: Cursor): string;
  /** Every schema so far, in the order in which they were met. */
  all(): NamedSchema[];
  /** What the discriminators tell apart. */
  readonly unions: Unions;
}

const referenceTo = (name: string): SchemaObject => ({ $ref: `#/components/schemas/${name}` });

const once = <T>(create: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: create() };
    return made.value;
  };
};

export function createSchemaTable(documents: Documents): SchemaTable {
  type Entry = { -readonly [Key in keyof NamedSchema]: NamedSchema[Key] };
  const byKey = new Map<string, Entry>();
  const names = createSchemaNames(documents);
  const graph = once((): SchemaGraph => createSchemaGraph(documents));
  const families = once((): Families => createFamilies(documents));
  const variants = createVariants(documents, graph);
  const scopes = createScopes(documents, graph);
  const unions = new UnionReader(documents, families);
  const converter = new SchemaConverter({ documents, variants, scopes, unions, families, reference });

  function insert(
    key: string,
    place: Cursor,
    exported: boolean,
    name: () => string,
    schema: () => Schema,
  ): Entry {
    const known = byKey.get(key);
    if (known) return known;
    // Entered before its parts are read, because a schema may contain itself.
    const entry: Entry = { name: name(), place, exported, schema: true };
    byKey.set(key, entry);
    entry.schema = schema();
    return entry;
  }

  /** The entry of the schema at a place, as `outer` sees it. */
  function enter(place: Cursor, outer: View, role: Role, inlineName?: string): Entry {
    const target = role === 'base' ? documents.follow(place) : namesakeOf(place, documents);
    const scope = scopes.enter(outer.scope, target);
    const foreign = scopes.foreign(scope, target);
    const isInput = outer.direction === 'input' && variants.matters(target);
    const key = [
      placeOf(target),
      isInput ? 'input' : '',
      role,
      ...foreign.map(([name, binding]) => `${name}=${placeOf(binding)}`),
    ].join(' ');
    const owners = foreign.map(([, binding]) => scopes.ownerOf(binding));
    const suffix = (role === 'base' ? 'Base' : '') + (isInput && variants.isOutput(target) ? 'Input' : '');
    return insert(
      key,
      target,
      true,
      () => names.claim(target, inlineName, owners, suffix),
      () => converter.convertDefinition(target, { direction: outer.direction, scope }, role),
    );
  }

  function reference(target: Cursor, view: View, role: Role): SchemaObject {
    return referenceTo(enter(target, view, role).name);
  }

  const viewAt = (cursor: Cursor, direction: Direction): View => ({
    direction,
    scope: scopes.enter(NO_SCOPE, cursor),
  });

  return {
    named(cursor, name, direction = 'output') {
      const isOwn = !isBareReference(cursor);
      const target = isOwn ? cursor : documents.step(cursor);
      if (target.value === undefined) return name;
      return enter(target, { direction, scope: NO_SCOPE }, 'value', isOwn ? name : undefined).name;
    },
    convert: (cursor, direction = 'output') => converter.convert(cursor, viewAt(cursor, direction)),
    convertPart: (cursor) =>
      convertPart(cursor, documents, (part) => converter.convert(part, viewAt(part, 'input'))),
    add: (name, place, schema, exported = true) =>
      insert(
        `${placeOf(place)} ${exported ? 'added' : name}`,
        place,
        exported,
        () => names.claimAs(place, name),
        schema,
      ),
    nameOf: names.nameAt,
    all: () => [...byKey.values()],
    unions,
  };
}
