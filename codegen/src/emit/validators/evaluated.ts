import type { SchemaObject } from '../../model/api.ts';
import { itemLoop } from './arrays.ts';
import { partChecks } from './check.ts';
import { literal, negate, type Statement, when } from './code.ts';
import { type Evaluation, evaluationOf } from './evaluation.ts';
import { isOtherName, valueChecks } from './objects.ts';
import { pathCode } from './path.ts';
import { patternConstant, typeTest } from './scalars.ts';
import { part, parts, partsByName } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

/** Marks in the loop over the names of an object. */
export function keyMarks(scope: Scope, schema: SchemaObject, site: Site, key: string): Statement[] {
  const { seen } = site;
  if (seen === undefined) return [];
  if (schema.additionalProperties !== undefined) return [`${seen}.add(${key});`];
  return partsByName(schema, 'patternProperties').map(([pattern]) => ({
    when: `${patternConstant(scope, pattern, site)}.test(${key})`,
    body: [`${seen}.add(${key});`],
  }));
}

/** Marks of what a schema evaluates by name or by index, and of all items. */
export function fixedMarks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const { seen, value } = site;
  if (seen === undefined) return [];
  const names = partsByName(schema, 'properties').map(([name]) => name);
  const indexes = parts(schema, 'prefixItems').map((_, index) => index);
  const merge = (list: readonly unknown[]): string =>
    `${scope.module.helper('mergeSeen')}(${seen}, ${scope.module.constant('names', literal(list), scope.wordsAt(site))});`;
  const seeItems = `${scope.module.helper('seeAll')}(${value}, ${seen});`;
  return [
    ...(names.length > 0 ? [merge(names)] : []),
    ...(indexes.length > 0 ? [merge(indexes)] : []),
    ...(schema.items === undefined ? [] : [{ when: `Array.isArray(${value})`, body: [seeItems] }]),
  ];
}

/** The checks of unevaluatedProperties and unevaluatedItems. */
interface Unevaluated {
  /** Where the schema's other keywords are checked. */
  readonly site: Site;
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
}

/**
 * Where what is evaluated does not depend on the value, the checks are those of additionalProperties and
 * items. Else the other keywords mark what they evaluate in a set.
 */
export function unevaluatedChecks(scope: Scope, schema: SchemaObject, outer: Site): Unevaluated {
  if (schema.unevaluatedProperties === undefined && schema.unevaluatedItems === undefined) {
    return { site: outer, before: [], after: [] };
  }
  const evaluation = evaluationOf(scope.module.schemas, schema, false);
  const varies =
    (schema.unevaluatedProperties !== undefined && evaluation.variesNames && !evaluation.allNames) ||
    (schema.unevaluatedItems !== undefined && evaluation.variesItems && !evaluation.allItems);
  const seen = varies ? scope.fresh('seen') : undefined;
  const site = { ...outer, ...(seen && { seen }) };
  return {
    site,
    before: seen === undefined ? [] : [`const ${seen} = new Set();`],
    after: [
      ...nameChecks(scope, schema, outer, evaluation, seen),
      ...itemChecks(scope, schema, outer, evaluation, seen),
      ...(seen && outer.seen ? [`${scope.module.helper('mergeSeen')}(${outer.seen}, ${seen});`] : []),
      ...(outer.seen ? outerMarks(scope, schema, outer) : []),
    ],
  };
}

/** What an unevaluated keyword accepts is evaluated for those outside. */
const outerMarks = (scope: Scope, schema: SchemaObject, { value, seen }: Site): Statement[] =>
  (
    [
      ['unevaluatedProperties', 'object'],
      ['unevaluatedItems', 'array'],
    ] as const
  ).flatMap(([keyword, type]) =>
    schema[keyword] === undefined
      ? []
      : [
          {
            when: typeTest(scope, type, value),
            body: [`${scope.module.helper('seeAll')}(${value}, ${seen});`],
          },
        ],
  );

function nameChecks(
  scope: Scope,
  schema: SchemaObject,
  site: Site,
  evaluation: Evaluation,
  seen: string | undefined,
): Statement[] {
  const child = part(schema, 'unevaluatedProperties');
  if (child === undefined || evaluation.allNames) return [];
  const key = scope.fresh('key');
  const plain = { value: site.value, path: site.path };
  const inner =
    child === false
      ? [scope.fail(`${scope.module.helper('unevaluated')}(${pathCode(site.path)}, ${key})`)]
      : valueChecks(scope, child, plain, key);
  const other =
    seen === undefined
      ? isOtherName(scope, [...evaluation.names], [...evaluation.patterns], key, site)
      : `!${seen}.has(${key})`;
  const body = other === undefined ? inner : when(other, inner);
  if (body.length === 0) return [];
  return [
    {
      when: typeTest(scope, 'object', site.value),
      body: [{ head: `for (const ${key} in ${site.value})`, body }],
    },
  ];
}

function itemChecks(
  scope: Scope,
  schema: SchemaObject,
  site: Site,
  evaluation: Evaluation,
  seen: string | undefined,
): Statement[] {
  const child = part(schema, 'unevaluatedItems');
  if (child === undefined || evaluation.allItems) return [];
  const { module } = scope;
  const isArray = typeTest(scope, 'array', site.value);
  const plain = { value: site.value, path: site.path };
  const surplus = (limit: string): string =>
    scope.fail(`${module.helper('surplusItems')}(${pathCode(site.path)}, 'unevaluatedItems', ${limit})`);
  const isRefused = child === false;
  if (isRefused && seen === undefined) {
    return when(isArray, [
      { when: `${site.value}.length > ${evaluation.items}`, body: [surplus(String(evaluation.items))] },
    ]);
  }
  const from = seen === undefined ? evaluation.items : 0;
  const loop = itemLoop(scope, plain, from, (item, index) => {
    const inner = isRefused
      ? [surplus(index), ...(scope.isClient ? [] : ['break;'])]
      : partChecks(scope, schema, 'unevaluatedItems', item);
    return seen === undefined ? inner : when(negate(`${seen}.has(${index})`), inner);
  });
  return when(isArray, loop);
}
