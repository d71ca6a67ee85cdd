import { numberOf, part, texts, typesIn } from '../../src/emit/validators/schemas.ts';
import { isValid } from '../../src/emit/validators/testing/reference.ts';
import { isObject } from '../../src/json.ts';
import type { Schema, SchemaObject } from '../../src/model/api.ts';
import { additionalOf, allowedBy, formOf, isOpenUnion, type Known, membersOf } from './forms.ts';

/** A value with one fault. */
export interface Mutation {
  readonly rule: string;
  readonly value: unknown;
  /** JSON pointer to the fault. */
  readonly pointer: string;
  /** JSON pointer to the last union on the way that has no discriminator: another branch may allow the value. */
  readonly union: string | undefined;
}

/** Where in a whole value a part stands, and how to put another one there. */
interface Place {
  readonly pointer: string;
  readonly union: string | undefined;
  readonly put: (value: unknown) => unknown;
}

const MAX_LENGTH = 70_000;
const MAX_ITEMS = 600;
const STRANGER = 'no such value';
const OF_EACH_TYPE: readonly unknown[] = [true, 'text', 1.5, null, ['text'], { text: 1 }];

const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** A copy with a member set; `__proto__` is a name like any other. */
const withMember = (object: object, name: string, value: unknown): object =>
  Object.fromEntries([...Object.entries(object), [name, value]]);

const without = (object: object, name: string): object =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

/** Every way of breaking one rule of a schema in a value that meets it, at any depth. */
export function mutationsOf(known: Known, schema: Schema, value: unknown): Mutation[] {
  const place: Place = { pointer: '', union: undefined, put: (whole) => whole };
  return mutate(known, schema, value, place);
}

function mutate(known: Known, schema: Schema, value: unknown, outer: Place): Mutation[] {
  const form = formOf(known, schema, value);
  if (form === undefined || form.binary === true) return [];
  const place = isOpenUnion(known, schema) ? { ...outer, union: outer.pointer } : outer;
  const here = (rule: string, broken: unknown, pointer = place.pointer): Mutation => ({
    rule,
    value: place.put(broken),
    pointer,
    union: place.union,
  });
  const own = [...breakType(known, form, place.pointer), ...breakValue(form, value)].map(([rule, broken]) =>
    here(rule, broken),
  );
  if (Array.isArray(value)) return [...own, ...inItems(known, form, value, place)];
  if (!isObject(value)) return own;
  const surplus = breakMembers(form, value).map(([rule, broken, name]) =>
    here(rule, broken, `${place.pointer}/${escapeToken(name)}`),
  );
  return [...own, ...surplus, ...inMembers(known, form, value, place)];
}

type Broken = readonly [rule: string, value: unknown];

/** Two values of wrong types: each further one would say the same. */
function breakType(known: Known, form: SchemaObject, pointer: string): Broken[] {
  if (typesIn(form).length === 0) return [];
  const types = { type: form.type };
  const turn = pointer.length % OF_EACH_TYPE.length;
  const turned = [...OF_EACH_TYPE.slice(turn), ...OF_EACH_TYPE.slice(0, turn)];
  const wrong = turned.filter((value) => !isValid(known, types, value));
  return wrong.slice(0, 2).map((value) => ['type', value]);
}

function breakValue(form: SchemaObject, value: unknown): Broken[] {
  if (allowedBy(form)) {
    const rule = form.const === undefined ? 'enum' : 'const';
    return [[rule, typeof value === 'number' ? value + 123_456 : STRANGER]];
  }
  if (typeof value === 'number') return breakNumber(form);
  if (typeof value === 'string') return breakText(form);
  if (Array.isArray(value)) return breakList(form, value);
  return isObject(value) ? breakSize(form, value) : [];
}

function breakNumber(form: SchemaObject): Broken[] {
  const bounds: readonly (readonly [string, number])[] = [
    ['minimum', -1],
    ['exclusiveMinimum', 0],
    ['maximum', 1],
    ['exclusiveMaximum', 0],
  ];
  return bounds.flatMap(([rule, step]): Broken[] => {
    const limit = numberOf(form, rule);
    return limit === undefined || !Number.isSafeInteger(limit + step) ? [] : [[rule, limit + step]];
  });
}

function breakText(form: SchemaObject): Broken[] {
  const broken: Broken[] = [];
  const minLength = numberOf(form, 'minLength') ?? 0;
  const maxLength = numberOf(form, 'maxLength') ?? Infinity;
  if (minLength > 0) broken.push(['minLength', 'x'.repeat(minLength - 1)]);
  // In characters, of which one is two code units.
  if (maxLength <= MAX_LENGTH) broken.push(['maxLength', `\u{1F600}${'x'.repeat(maxLength)}`]);
  if (typeof form.pattern === 'string' && !new RegExp(form.pattern, 'u').test('\0'))
    broken.push(['pattern', '\0']);
  if (form.format === 'date-time' || form.format === 'date') broken.push(['format', '2026-13-01T00:00:00Z']);
  return broken;
}

function breakList(form: SchemaObject, list: readonly unknown[]): Broken[] {
  const broken: Broken[] = [];
  const [first] = list;
  const minItems = numberOf(form, 'minItems') ?? 0;
  const maxItems = numberOf(form, 'maxItems') ?? Infinity;
  if (minItems > 0) broken.push(['minItems', list.slice(0, minItems - 1)]);
  if (list.length === 0) return broken;
  if (maxItems < MAX_ITEMS) broken.push(['maxItems', Array.from({ length: maxItems + 1 }, () => first)]);
  if (form.uniqueItems === true) broken.push(['uniqueItems', [...list, first]]);
  return broken;
}

function breakSize(form: SchemaObject, object: object): Broken[] {
  const least = numberOf(form, 'minProperties') ?? 0;
  const most = numberOf(form, 'maxProperties') ?? Infinity;
  const names = Object.keys(object);
  const broken: Broken[] = [];
  if (least > 0) broken.push(['minProperties', {}]);
  if (most <= MAX_ITEMS && additionalOf(form) === true) {
    const surplus = Array.from({ length: most + 1 - names.length }, (_, index) => [`surplus${index}`, index]);
    broken.push(['maxProperties', { ...object, ...Object.fromEntries(surplus) }]);
  }
  return broken;
}

function breakMembers(form: SchemaObject, object: object): (readonly [string, unknown, string])[] {
  const isClosed = additionalOf(form) === false;
  const missing = texts(form, 'required')
    .filter((name) => membersOf(form).has(name))
    .map((name) => ['required', without(object, name), name] as const);
  const names = isClosed ? [STRANGER, 'a/b~c', 'constructor'] : [];
  return [
    ...missing,
    ...names.map((name) => ['additionalProperties', withMember(object, name, 1), name] as const),
  ];
}

function inItems(known: Known, form: SchemaObject, list: readonly unknown[], place: Place): Mutation[] {
  const items = part(form, 'items');
  if (items === undefined) return [];
  return list.flatMap((item, index) =>
    mutate(known, items, item, {
      ...place,
      pointer: `${place.pointer}/${index}`,
      put: (value) => place.put(list.with(index, value)),
    }),
  );
}

function inMembers(
  known: Known,
  form: SchemaObject,
  object: Readonly<Record<string, unknown>>,
  place: Place,
): Mutation[] {
  const members = membersOf(form);
  return Object.keys(object).flatMap((name) =>
    mutate(known, members.get(name) ?? additionalOf(form), object[name], {
      ...place,
      pointer: `${place.pointer}/${escapeToken(name)}`,
      put: (value) => place.put(withMember(object, name, value)),
    }),
  );
}
