import { isObject } from '../../json.ts';
import type { Schema, SchemaObject } from '../../model/api.ts';
import { quote } from '../text.ts';
import { branchOf, refusal } from './branch.ts';
import { checks } from './check.ts';
import { all, literal, memberOf, type Statement, when } from './code.ts';
import { discriminatorChecks } from './discriminator.ts';
import { keyMarks } from './evaluated.ts';
import { named, pathCode, toKey, toMember } from './path.ts';
import { patternConstant } from './scalars.ts';
import { numberOf, part, partsByName, texts } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

/** More names than this are looked up in a set: slower by 40 ns for 13 names, but lines stay readable. */
const MANY_NAMES = 8;

const read = ({ module }: Scope, { value }: Site, name: string): string =>
  memberOf(value, name, () => module.helper('own'));

/** The checks of keywords that apply to objects. */
export function objectChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const members = new Map<string, Schema>(partsByName(schema, 'properties'));
  const required = new Set(texts(schema, 'required'));
  for (const name of required) if (!members.has(name)) members.set(name, true);
  return [
    ...[...members].flatMap(([name, member]) => memberChecks(scope, name, member, required.has(name), site)),
    ...sizeChecks(scope, schema, site),
    ...dependencyChecks(scope, schema, site),
    ...keyChecks(scope, schema, site),
    ...discriminatorChecks(scope, schema, site),
  ];
}

function memberChecks(
  scope: Scope,
  name: string,
  schema: Schema,
  isRequired: boolean,
  site: Site,
): Statement[] {
  const isOpen = scope.module.schemas.resolve(schema) === true;
  const local = isOpen ? '' : scope.fresh('v');
  const inner = checks(scope, schema, { value: local, path: toMember(site.path, name) });
  const missing = (): string => {
    const { path } = site;
    return scope.fail(`${scope.module.helper('missing')}(${pathCode(path)}, ${quote(name)})`);
  };
  if (inner.length === 0) {
    return isRequired ? [{ when: `${read(scope, site, name)} === undefined`, body: [missing()] }] : [];
  }
  const taken = `const ${local} = ${read(scope, site, name)};`;
  if (!isRequired) return [taken, ...when(`${local} !== undefined`, inner)];
  const absent = { when: `${local} === undefined`, body: [missing()] };
  return scope.isClient ? [taken, absent, ...inner] : [taken, { ...absent, otherwise: inner }];
}

function sizeChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  return (['minProperties', 'maxProperties'] as const).flatMap((keyword) => {
    const limit = numberOf(schema, keyword);
    if (limit === undefined || (keyword === 'minProperties' && limit <= 0)) return [];
    const error = `${scope.module.helper('wrongSize')}(${pathCode(site.path)}, ${quote(keyword)}, ${limit})`;
    const comparison = keyword === 'minProperties' ? '<' : '>';
    return [{ when: `Object.keys(${site.value}).length ${comparison} ${limit}`, body: [scope.fail(error)] }];
  });
}

function dependencyChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  const isThere = (name: string): string => `${read(scope, site, name)} !== undefined`;
  const names = isObject(schema.dependentRequired) ? Object.entries(schema.dependentRequired) : [];
  const required = names.flatMap(([name, list]) => {
    const needed = Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
    const missing = needed.map((other) => {
      const facts = [pathCode(site.path), quote(name), quote(other), literal(needed)];
      return {
        when: `${read(scope, site, other)} === undefined`,
        body: [scope.fail(`${scope.module.helper('missingBeside')}(${facts.join(', ')})`)],
      };
    });
    return when(isThere(name), missing);
  });
  const schemas = partsByName(schema, 'dependentSchemas').flatMap(([name, child]) =>
    when(isThere(name), checks(scope, child, { ...site, path: named(site.path, name) })),
  );
  return [...required, ...schemas];
}

/** One loop over the names for all keywords that need one. */
function keyChecks(scope: Scope, schema: SchemaObject, site: Site): Statement[] {
  if (!needsKeys(scope, schema, site)) return [];
  const key = scope.fresh('key');
  const body = [
    ...nameChecks(scope, schema, site, key),
    ...patternChecks(scope, schema, site, key),
    ...additionalChecks(scope, schema, site, key),
    ...keyMarks(scope, schema, site, key),
  ];
  return body.length === 0 ? [] : [{ head: `for (const ${key} in ${site.value})`, body }];
}

/** Whether a keyword looks at each name. */
function needsKeys({ module }: Scope, schema: SchemaObject, { seen }: Site): boolean {
  const looked = ['propertyNames', 'additionalProperties'].some(
    (keyword) => module.schemas.resolve(part(schema, keyword) ?? true) !== true,
  );
  return (
    looked ||
    schema.patternProperties !== undefined ||
    (seen !== undefined && schema.additionalProperties !== undefined)
  );
}

function nameChecks(scope: Scope, schema: SchemaObject, site: Site, key: string): Statement[] {
  const names = part(schema, 'propertyNames');
  if (names === undefined || scope.module.schemas.resolve(names) === true) return [];
  const name = { value: key, path: named(site.path, 'name') };
  const error = `${scope.module.helper('badName')}(${pathCode(site.path)}, ${key})`;
  return refusal(scope, branchOf(scope, names, name), name, scope.fail(error));
}

function patternChecks(scope: Scope, schema: SchemaObject, site: Site, key: string): Statement[] {
  return partsByName(schema, 'patternProperties').flatMap(([pattern, child]) => {
    const inner = valueChecks(scope, child, site, key);
    return inner.length === 0 ? [] : when(`${patternConstant(scope, pattern, site)}.test(${key})`, inner);
  });
}

/** The checks of the member whose name is the value of `key`. */
export function valueChecks(scope: Scope, schema: Schema, site: Site, key: string): Statement[] {
  if (scope.module.schemas.resolve(schema) === true) return [];
  const local = scope.fresh('v');
  const inner = checks(scope, schema, { value: local, path: toKey(site.path, key, 'token') });
  if (inner.length === 0) return [];
  scope.module.helper('token');
  return [`const ${local} = ${site.value}[${key}];`, ...inner];
}

/** That a name is neither one of some names nor matched by one of some patterns. */
export function isOtherName(
  scope: Scope,
  names: readonly string[],
  patterns: readonly string[],
  key: string,
  site: Site,
): string | undefined {
  const { module } = scope;
  const unmatched = patterns.map((pattern) => `!${patternConstant(scope, pattern, site)}.test(${key})`);
  const isUnnamed =
    names.length > MANY_NAMES
      ? [`!${module.constant('names', `new Set(${literal(names)})`, scope.wordsAt(site))}.has(${key})`]
      : names.map((name) => `${key} !== ${quote(name)}`);
  const tests = [...isUnnamed, ...unmatched];
  return tests.length === 0 ? undefined : all(...tests);
}

function additionalChecks(scope: Scope, schema: SchemaObject, site: Site, key: string): Statement[] {
  const additional = part(schema, 'additionalProperties');
  if (additional === undefined) return [];
  const inner =
    additional === false
      ? [scope.fail(`${scope.module.helper('surplus')}(${pathCode(site.path)}, ${key})`)]
      : valueChecks(scope, additional, site, key);
  const names = partsByName(schema, 'properties').map(([name]) => name);
  const patterns = partsByName(schema, 'patternProperties').map(([pattern]) => pattern);
  const other = isOtherName(scope, names, patterns, key, site);
  return other === undefined ? inner : when(other, inner);
}
