import type { Schema, SchemaObject } from '../../model/api.ts';
import { parts, partsByName, partsOf, type Schemas } from './schemas.ts';

/** What a schema evaluates of a value that it accepts (JSON Schema 2020-12 core, section 11). */
export interface Evaluation {
  readonly names: Set<string>;
  readonly patterns: Set<string>;
  allNames: boolean;
  /** The items before this index. */
  items: number;
  allItems: boolean;
  /** Whether there is more, which depends on the value. */
  variesNames: boolean;
  variesItems: boolean;
}

const evaluates = (found: Evaluation): { readonly names: boolean; readonly items: boolean } => ({
  names: found.names.size > 0 || found.patterns.size > 0 || found.allNames || found.variesNames,
  items: found.items > 0 || found.allItems || found.variesItems,
});

/** `isInside` is false for the schema whose own unevaluatedProperties and unevaluatedItems ask. */
export function evaluationOf(
  schemas: Schemas,
  schema: Schema,
  isInside: boolean,
  passed = new Set<Schema>(),
): Evaluation {
  const found: Evaluation = {
    names: new Set(),
    patterns: new Set(),
    allNames: false,
    items: 0,
    allItems: false,
    variesNames: false,
    variesItems: false,
  };
  const known = schemas.resolve(schema);
  // A schema that contains itself adds nothing the second time.
  if (typeof known === 'boolean' || passed.has(known)) return found;
  passed.add(known);
  for (const [name] of partsByName(known, 'properties')) found.names.add(name);
  for (const [pattern] of partsByName(known, 'patternProperties')) found.patterns.add(pattern);
  found.allNames =
    known.additionalProperties !== undefined || (isInside && known.unevaluatedProperties !== undefined);
  found.items = parts(known, 'prefixItems').length;
  found.allItems = known.items !== undefined || (isInside && known.unevaluatedItems !== undefined);
  found.variesItems = known.contains !== undefined;
  for (const child of [schemas.target(known) ?? true, ...parts(known, 'allOf')]) {
    add(found, evaluationOf(schemas, child, true, passed));
  }
  for (const child of conditional(known)) {
    const { names, items } = evaluates(evaluationOf(schemas, child, true, new Set(passed)));
    found.variesNames ||= names;
    found.variesItems ||= items;
  }
  return found;
}

const conditional = (schema: SchemaObject): Schema[] => [
  ...['anyOf', 'oneOf'].flatMap((keyword) => parts(schema, keyword)),
  ...partsOf(schema, ['if', 'then', 'else']),
  ...partsByName(schema, 'dependentSchemas').map(([, child]) => child),
];

function add(found: Evaluation, more: Evaluation): void {
  for (const name of more.names) found.names.add(name);
  for (const pattern of more.patterns) found.patterns.add(pattern);
  found.allNames ||= more.allNames;
  found.items = Math.max(found.items, more.items);
  found.allItems ||= more.allItems;
  found.variesNames ||= more.variesNames;
  found.variesItems ||= more.variesItems;
}

/** Whether a schema evaluates anything of the value itself, so that it has something to mark. */
export function needsMarks(schemas: Schemas, schema: Schema): boolean {
  const { names, items } = evaluates(evaluationOf(schemas, schema, true));
  return names || items;
}
