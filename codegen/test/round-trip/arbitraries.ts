import fc from 'fast-check';
import { numberOf, part, texts, typesIn } from '../../src/emit/validators/schemas.ts';
import { isValid } from '../../src/emit/validators/testing/reference.ts';
import type { Schema, SchemaObject } from '../../src/model/api.ts';
import { additionalOf, allowedBy, formsOf, type Known, membersOf } from './forms.ts';

/** So deep, optional members and items are made up; below, only what is required. */
const DEPTH = 7;
const MAX_LIST = 3;
const MAX_TEXT = 40;

/** Names that trip up what treats objects as tables, pointers or code. */
const NAMES = ['__proto__', 'constructor', 'toString', 'a/b', 'm~n', '', 'two words', '\u{1F600}', 'x'];

/** Texts that trip up encoders: line ends, NUL, byte order marks, what looks like a field, quotes. */
const TRAPS = ['\r\n', '\r', '\n\n', '\0', '\uFEFF', 'data: x', '[DONE]', '"\\"', '\u2028', '\u{1F9EA}é世'];

const trapText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  fc.array(fc.constantFrom(...TRAPS), { maxLength: 3 }).map((list) => list.join('')),
);

// JSON has no -0.
const whole = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), whole, trapText),
    fc.array(tie('json'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('json'), { maxKeys: 2, noNullPrototype: true }),
  ),
})).json;

function textOf(form: SchemaObject): fc.Arbitrary<unknown> {
  const minLength = numberOf(form, 'minLength') ?? 0;
  const maxLength = Math.min(numberOf(form, 'maxLength') ?? MAX_TEXT, Math.max(MAX_TEXT, minLength));
  if (form.format === 'date-time' || form.format === 'date') {
    const date = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    return date.map((at) => (form.format === 'date' ? at.toISOString().slice(0, 10) : at.toISOString()));
  }
  if (typeof form.pattern === 'string') return fc.stringMatching(new RegExp(form.pattern, 'u'));
  const free = fc.string({ unit: 'grapheme', minLength, maxLength });
  return fc.oneof(
    { weight: 3, arbitrary: free },
    trapText.map((text) => text.padEnd(minLength, '\r')),
  );
}

function numberIn(form: SchemaObject, isInteger: boolean): fc.Arbitrary<unknown> {
  const above = numberOf(form, 'exclusiveMinimum');
  const below = numberOf(form, 'exclusiveMaximum');
  const min = Math.max(numberOf(form, 'minimum') ?? Number.MIN_SAFE_INTEGER, above ?? -Infinity);
  const max = Math.min(numberOf(form, 'maximum') ?? Number.MAX_SAFE_INTEGER, below ?? Infinity);
  if (isInteger) return fc.integer({ min: Math.ceil(min), max: Math.floor(max) });
  return fc.double({ min, max, noNaN: true }).map((number) => number + 0);
}

/** Makes arbitraries for values of schemas that may refer to `known`. */
export function createArbitraries(known: Known): (schema: Schema) => fc.Arbitrary<unknown> {
  const made = new Map<Schema, Map<number, fc.Arbitrary<unknown>>>();

  /** Made when it is drawn from: schemas may contain themselves. */
  function of(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    return fc.constant(undefined).chain(() => make(schema, Math.max(depth, 0)));
  }

  function make(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    if (schema === true) return anyJson;
    const byDepth = made.get(schema) ?? new Map<number, fc.Arbitrary<unknown>>();
    made.set(schema, byDepth);
    const before = byDepth.get(depth);
    if (before) return before;
    const forms = formsOf(known, schema);
    const arbitrary = fc
      .oneof(...forms.map((form) => ofForm(form, depth)))
      .filter((value) => isValid(known, schema, value));
    byDepth.set(depth, arbitrary);
    return arbitrary;
  }

  function ofForm(form: SchemaObject, depth: number): fc.Arbitrary<unknown> {
    const values = allowedBy(form);
    if (values) return fc.constantFrom(...values);
    if (form.binary === true) return fc.string().map((text) => new Blob([text]));
    const types = typesIn(form);
    if (types.length === 0) return membersOf(form).size > 0 ? objectOf(form, depth) : anyJson;
    return fc.oneof(...types.map((type) => ofType(type, form, depth)));
  }

  function ofType(type: string, form: SchemaObject, depth: number): fc.Arbitrary<unknown> {
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'string':
        return textOf(form);
      case 'array':
        return listOf(form, depth);
      case 'object':
        return objectOf(form, depth);
      default:
        return numberIn(form, type === 'integer');
    }
  }

  function listOf(form: SchemaObject, depth: number): fc.Arbitrary<unknown> {
    const minLength = numberOf(form, 'minItems') ?? 0;
    const room = depth > 0 ? Math.max(minLength, MAX_LIST) : minLength;
    const maxLength = Math.min(numberOf(form, 'maxItems') ?? room, room);
    const item = of(part(form, 'items') ?? true, depth - 1);
    return form.uniqueItems === true
      ? fc.uniqueArray(item, { minLength, maxLength, selector: (value) => JSON.stringify(value) })
      : fc.array(item, { minLength, maxLength });
  }

  function objectOf(form: SchemaObject, depth: number): fc.Arbitrary<unknown> {
    const members = membersOf(form);
    const required = texts(form, 'required');
    const additional = additionalOf(form);
    const names = [...new Set([...members.keys(), ...required])].filter(
      (name) => required.includes(name) || (depth > 0 && members.get(name) !== false),
    );
    const model = Object.fromEntries(
      names.map((name) => [name, of(members.get(name) ?? additional, depth - 1)]),
    );
    const own = fc.record(model, { requiredKeys: required, noNullPrototype: true });
    const least = numberOf(form, 'minProperties') ?? 0;
    const most = (numberOf(form, 'maxProperties') ?? Infinity) - names.length;
    const free = NAMES.filter((name) => !members.has(name));
    const isFull = (object: object): boolean => Object.keys(object).length >= least;
    // Below the depth only what is missing is made up.
    const isWanted = depth > 0 || least > required.length;
    if (additional === false || most <= 0 || !isWanted) return own.filter(isFull);
    const more = fc.dictionary(fc.constantFrom(...free), of(additional, depth - 2), {
      minKeys: depth > 0 ? 0 : least - required.length,
      maxKeys: Math.min(2, most),
      noNullPrototype: true,
    });
    return fc
      .tuple(own, more)
      .map(([mine, others]) => ({ ...others, ...mine }))
      .filter(isFull);
  }

  return (schema) => make(schema, DEPTH);
}
