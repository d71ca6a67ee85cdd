import type { SchemaObject } from '../../model/api.ts';
import { all, any, literal, negate } from './code.ts';
import { allowedValues, isPrimitive, type Primitive } from './facts.ts';
import { formatTest } from './formats.ts';
import { pathCode } from './path.ts';
import { numberOf, textOf, typesIn } from './schemas.ts';
import type { Scope, Site } from './scope.ts';

/** One thing that a schema demands of a value. */
export interface Assertion {
  readonly holds: string;
  readonly fails: string;
  /** An expression that reports it and is false. */
  readonly error: string;
}

/** A list of primitive values is compared one by one up to this length, and with a set from the second on. */
const FEW_VALUES = 4;
const MANY_VALUES = 20;

/** Whether a value has a type. */
export function typeTest({ module }: Scope, type: string, value: string): string {
  switch (type) {
    case 'null':
      return `${value} === null`;
    case 'array':
      return `Array.isArray(${value})`;
    case 'object':
      return `${module.helper('isObject')}(${value})`;
    case 'integer':
      return `Number.isInteger(${value})`;
    case 'number':
      // JSON has no NaN and no infinity, but 1e999 is read as one.
      return `Number.isFinite(${value})`;
    default:
      return `typeof ${value} === ${literal(type)}`;
  }
}

const typeTestFails = (scope: Scope, type: string, value: string): string => {
  const test = typeTest(scope, type, value);
  return / === /.test(test) ? test.replace(' === ', ' !== ') : negate(test);
};

/** What `type` demands. */
export function typeAssertion(scope: Scope, schema: SchemaObject, site: Site): Assertion | undefined {
  const types = typesIn(schema);
  if (types.length === 0) return undefined;
  const tested = types.filter((type) => type !== 'integer' || !types.includes('number'));
  return {
    holds: any(tested.map((type) => typeTest(scope, type, site.value))),
    fails: all(...tested.map((type) => typeTestFails(scope, type, site.value))),
    error: errorCode(scope, 'wrongType', site, literal(schema.type)),
  };
}

const errorCode = (
  { module }: Scope,
  helper: Parameters<Scope['module']['helper']>[0],
  { path }: Site,
  ...facts: readonly string[]
): string => `${module.helper(helper)}(${[pathCode(path), ...facts].join(', ')})`;

const assertion = (holds: string, fails: string, error: string): Assertion => ({ holds, fails, error });

const isEqualTo = (value: string, constant: Primitive): string => `${value} === ${literal(constant)}`;
const isUnequalTo = (value: string, constant: Primitive): string => `${value} !== ${literal(constant)}`;

function constAssertion(scope: Scope, schema: SchemaObject, site: Site): Assertion[] {
  const constant = schema.const;
  if (constant === undefined) return [];
  const { module } = scope;
  if (isPrimitive(constant)) {
    const error = errorCode(scope, 'notConst', site, literal(constant));
    return [assertion(isEqualTo(site.value, constant), isUnequalTo(site.value, constant), error)];
  }
  const name = module.constant('value', literal(constant), scope.wordsAt(site));
  const test = `${module.helper('equal')}(${site.value}, ${name})`;
  return [assertion(test, `!${test}`, errorCode(scope, 'notConst', site, name))];
}

function enumAssertion(scope: Scope, schema: SchemaObject, site: Site): Assertion[] {
  const values = schema.enum;
  if (!Array.isArray(values)) return [];
  const { module } = scope;
  const name = module.constant('values', literal(values), scope.wordsAt(site));
  const error = errorCode(scope, 'notInEnum', site, name);
  const primitives = values.filter(isPrimitive);
  if (primitives.length < values.length) {
    const test = `${module.helper('isOneOf')}(${site.value}, ${name})`;
    return [assertion(test, `!${test}`, error)];
  }
  if (values.length <= FEW_VALUES) {
    const holds = any(primitives.map((value) => isEqualTo(site.value, value)));
    return [
      assertion(holds, all(...primitives.map((value) => isUnequalTo(site.value, value))) || 'true', error),
    ];
  }
  const test =
    values.length >= MANY_VALUES
      ? `${module.constant('set', `new Set(${name})`, scope.wordsAt(site))}.has(${site.value})`
      : `${name}.includes(${site.value})`;
  return [assertion(test, `!${test}`, error)];
}

/** What `const`, `enum` and `binary` demand. */
export function valueAssertions(scope: Scope, schema: SchemaObject, site: Site): Assertion[] {
  const found = [...constAssertion(scope, schema, site), ...enumAssertion(scope, schema, site)];
  if (schema.binary !== true) return found;
  const test = `${site.value} instanceof Blob`;
  return [...found, assertion(test, `!(${test})`, errorCode(scope, 'noBlob', site))];
}

const COMPARISONS = [
  ['minimum', '>='],
  ['exclusiveMinimum', '>'],
  ['maximum', '<='],
  ['exclusiveMaximum', '<'],
] as const;

function numberAssertions(scope: Scope, schema: SchemaObject, site: Site): Assertion[] {
  const found = COMPARISONS.flatMap(([keyword, comparison]) => {
    const limit = numberOf(schema, keyword);
    if (limit === undefined) return [];
    const test = `${site.value} ${comparison} ${limit}`;
    const error = errorCode(scope, 'outOfRange', site, literal(keyword), literal(comparison), String(limit));
    return [assertion(test, `!(${test})`, error)];
  });
  const step = numberOf(schema, 'multipleOf');
  if (step !== undefined) {
    const error = errorCode(scope, 'notMultiple', site, String(step));
    // The remainder of a division by a whole number is exact.
    const test = Number.isInteger(step)
      ? `${site.value} % ${step} === 0`
      : `${scope.module.helper('isMultiple')}(${site.value}, ${step})`;
    found.push(assertion(test, Number.isInteger(step) ? test.replace('===', '!==') : `!${test}`, error));
  }
  return [...found, ...formatAssertion(scope, schema, site, 'number')];
}

function stringAssertions(scope: Scope, schema: SchemaObject, site: Site): Assertion[] {
  const { module } = scope;
  const { value } = site;
  const found: Assertion[] = [];
  const min = numberOf(schema, 'minLength') ?? 0;
  if (min > 0) {
    const error = errorCode(scope, 'wrongSize', site, `'minLength'`, String(min));
    const count = (): string => `${module.helper('countCharacters')}(${value})`;
    // A character has one or two code units, so most texts need no counting.
    found.push(
      min === 1
        ? assertion(`${value} !== ''`, `${value} === ''`, error)
        : assertion(
            `${value}.length >= ${2 * min} || ${count()} >= ${min}`,
            `${value}.length < ${2 * min} && ${count()} < ${min}`,
            error,
          ),
    );
  }
  const max = numberOf(schema, 'maxLength');
  if (max !== undefined) {
    const error = errorCode(scope, 'wrongSize', site, `'maxLength'`, String(max));
    const count = `${module.helper('countCharacters')}(${value})`;
    found.push(
      assertion(
        `${value}.length <= ${max} || ${count} <= ${max}`,
        `${value}.length > ${max} && ${count} > ${max}`,
        error,
      ),
    );
  }
  const pattern = textOf(schema, 'pattern');
  if (pattern !== undefined) {
    const name = patternConstant(scope, pattern, site);
    const test = `${name}.test(${value})`;
    found.push(assertion(test, `!${test}`, errorCode(scope, 'noMatch', site, name)));
  }
  return [...found, ...formatAssertion(scope, schema, site, 'string')];
}

/** The constant for a pattern, which is read as Unicode (JSON Schema 2020-12 core, section 6.4). */
export const patternConstant = (scope: Scope, pattern: string, site: Site): string =>
  scope.module.constant('pattern', String(new RegExp(pattern, 'u')), scope.wordsAt(site));

function formatAssertion(
  scope: Scope,
  schema: SchemaObject,
  site: Site,
  type: 'number' | 'string',
): Assertion[] {
  const format = textOf(schema, 'format');
  const test = format === undefined ? undefined : formatTest(scope.module, format, type, site.value);
  if (format === undefined || test === undefined) return [];
  return [assertion(test, negate(test), errorCode(scope, 'wrongFormat', site, literal(format)))];
}

/** What a schema demands of numbers, or of texts. */
export const groupAssertions = (
  scope: Scope,
  schema: SchemaObject,
  site: Site,
  group: 'number' | 'string',
): Assertion[] => (group === 'number' ? numberAssertions : stringAssertions)(scope, schema, site);

/** A guard under which the demands on numbers, or on texts, apply. */
export const guard = (group: 'number' | 'string', value: string): string => `typeof ${value} === '${group}'`;

/** Whether a type test is left out because `const` or `enum` imply it. Who is told of every fault is told of both. */
export function impliesType(scope: Scope, schema: SchemaObject): boolean {
  if (!scope.isClient) return false;
  const values = allowedValues(schema);
  const types = typesIn(schema);
  return values?.every((value) => types.some((type) => hasType(value, type))) ?? false;
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? typeof value === 'object' && value !== null : typeof value === type;
}

/** A scalar schema as one condition that reports nothing. */
export function scalarTest(scope: Scope, schema: SchemaObject, site: Site): string {
  const type = impliesType(scope, schema) ? undefined : typeAssertion(scope, schema, site);
  const own = valueAssertions(scope, schema, site).map(({ holds }) => holds);
  const types = typesIn(schema);
  const inGroups = (['number', 'string'] as const).flatMap((group) => {
    const tests = groupAssertions(scope, schema, site, group).map(({ holds }) => holds);
    if (tests.length === 0 || (types.length > 0 && !types.some((name) => groupOf(name) === group))) return [];
    if (types.length === 1) return tests;
    return [`${guard(group, site.value).replace('===', '!==')} || ${all(...tests)}`];
  });
  const tests = [...(type ? [type.holds] : []), ...own, ...inGroups];
  return tests.length === 0 ? 'true' : all(...tests);
}

export const groupOf = (type: string): string => (type === 'integer' ? 'number' : type);
