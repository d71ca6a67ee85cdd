import type { Schema, SchemaObject } from '../../model/api.ts';
import { arrayChecks } from './arrays.ts';
import { type Statement, when } from './code.ts';
import { ifChecks, notChecks } from './conditions.ts';
import { tagsOf } from './discriminator.ts';
import { fixedMarks, unevaluatedChecks } from './evaluated.ts';
import { needsMarks } from './evaluation.ts';
import { objectChecks } from './objects.ts';
import { isRoot, pathCode } from './path.ts';
import {
  type Assertion,
  groupAssertions,
  groupOf,
  guard,
  impliesType,
  typeAssertion,
  typeTest,
  valueAssertions,
} from './scalars.ts';
import { isScalar, part, parts, typesIn } from './schemas.ts';
import type { Scope, Site } from './scope.ts';
import { unionChecks } from './unions.ts';

/** A scalar schema that others refer to is written out instead of called, up to this weight. */
const MAX_INLINE_WEIGHT = 4;

/** Whether a schema is checked where it stands, not by a function of its own. */
function isWrittenOut(scope: Scope, schema: SchemaObject, isReferred: boolean): boolean {
  const { schemas } = scope.module;
  if (isReferred) return isScalar(schema) && schemas.weight(schema) <= MAX_INLINE_WEIGHT;
  return !scope.module.isWorthFunction(schema);
}

/** Statements that report all that a schema, or the first thing, finds wrong with the value at a site. */
export function checks(scope: Scope, schema: Schema, site: Site): Statement[] {
  const { schemas } = scope.module;
  const known = schemas.resolve(schema);
  if (known === true) return [];
  if (known === false) {
    return [scope.fail(`${scope.module.helper('notAllowed')}(${pathCode(site.path)}, 'false schema')`)];
  }
  if (isWrittenOut(scope, known, known !== schema)) return ownChecks(scope, known, site);
  return callChecks(scope, known, site);
}

/** The call of the function that checks a schema, as an expression. */
export function callOf(scope: Scope, schema: Schema, site: Site, ...words: readonly string[]): string {
  const marking = site.seen !== undefined && needsMarks(scope.module.schemas, schema);
  const name = scope.module.functionFor(schema, scope.wordsAt(site, ...words), marking);
  return marking ? `${name}(${site.value}, ${site.seen})` : `${name}(${site.value})`;
}

/** The checks of a schema by a function of its own. */
export function callChecks(
  scope: Scope,
  schema: Schema,
  site: Site,
  ...words: readonly string[]
): Statement[] {
  const call = callOf(scope, schema, site, ...words);
  if (isRoot(site.path)) return [{ when: `!${call}`, body: [scope.fail('false')] }];
  const mark = scope.mark();
  const error = `${scope.module.helper('under')}(${mark.name}, ${pathCode(site.path)})`;
  return [...mark.before, { when: `!${call}`, body: [scope.fail(error)] }];
}

/** The checks of a schema's own keywords. */
export function ownChecks(scope: Scope, schema: SchemaObject, outer: Site): Statement[] {
  const { site, before, after } = unevaluatedChecks(scope, schema, outer);
  const target = scope.module.schemas.target(schema);
  return [
    ...before,
    ...typedChecks(scope, schema, site),
    ...(target === undefined ? [] : checks(scope, target, site)),
    ...parts(schema, 'allOf').flatMap((child) => checks(scope, child, site)),
    ...unionChecks(scope, schema, site, 'anyOf'),
    ...(tagsOf(scope, schema) ? [] : unionChecks(scope, schema, site, 'oneOf')),
    ...notChecks(scope, schema, site),
    ...ifChecks(scope, schema, site),
    ...fixedMarks(scope, schema, site),
    ...after,
  ];
}

const failing = (scope: Scope, { fails, error }: Assertion): Statement => ({
  when: fails,
  body: [scope.fail(error)],
});

/** The checks of `type`, and of the keywords that apply to one type only, each under its guard. */
function typedChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const types = typesIn(schema);
  const type = impliesType(scope, schema) ? undefined : typeAssertion(scope, schema, site);
  const values = valueAssertions(scope, schema, site).map((assertion) => failing(scope, assertion));
  const groups = (['number', 'string', 'array', 'object'] as const)
    .filter((group) => types.length === 0 || types.some((name) => groupOf(name) === group))
    .map((group) => ({ group, statements: groupChecks(scope, schema, site, group) }))
    .filter(({ statements }) => statements.length > 0);
  const [only] = groups;
  if (type && only && types.length === 1 && types[0] !== 'integer') {
    const wrong = failing(scope, type);
    if (scope.isClient) return [wrong, ...values, ...only.statements];
    return [...values, { when: type.fails, body: [scope.fail(type.error)], otherwise: only.statements }];
  }
  const guarded = groups.flatMap(({ group, statements }) =>
    when(
      group === 'number' || group === 'string'
        ? guard(group, site.value)
        : typeTest(scope, group, site.value),
      statements,
    ),
  );
  // A client has returned by now if the value is no integer, or not one of the constants.
  const isSettled = scope.isClient && types.length === 1 && only !== undefined;
  return [...(type ? [failing(scope, type)] : []), ...values, ...(isSettled ? only.statements : guarded)];
}

function groupChecks(
  scope: Scope,
  schema: SchemaObject,
  site: Site,
  group: 'number' | 'string' | 'array' | 'object',
): Statement[] {
  if (group === 'array') return arrayChecks(scope, schema, site);
  if (group === 'object') return objectChecks(scope, schema, site);
  return groupAssertions(scope, schema, site, group).map((assertion) => failing(scope, assertion));
}

/** Statements for a part of a value: nothing when the schema demands nothing. */
export const partChecks = (scope: Scope, schema: SchemaObject, keyword: string, site: Site): Statement[] => {
  const child = part(schema, keyword);
  return child === undefined ? [] : checks(scope, child, site);
};
