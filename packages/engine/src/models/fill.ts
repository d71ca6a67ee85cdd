import type { JsonObject, JsonValue } from '../events.ts';
import { labelled, sentenceWith, shareOf, wordsOfName } from './extract.ts';
import { member, typesOf } from './json-schema.ts';
import { type Source, SUMMARY, TERMS, TITLE } from './prompt.ts';
import { createReading, MAX_TERMS, type Reading, stemsOf } from './reading.ts';

const MAX_REFERENCES = 10;
// Schemas may refer to themselves; both bounds end what would go on, and what a large one costs.
const MAX_LEVELS = 20;
const MAX_VALUES = 500;
const MAX_TEXT = 1_000;
const USUAL_TERMS = 5;

/**
 * An object for a JSON Schema, out of the text alone: values that stand there under their names, options
 * that share words with it, its own terms and sentences. What it does not say is null or left out where the
 * schema allows that, else empty; a number is never made up, even if the schema requires one.
 */
export function fillSchema(root: JsonObject, source: Source): JsonObject {
  const reading = createReading(source);
  let left = MAX_VALUES;

  const fillObject = (schema: unknown, level: number): JsonObject => {
    const required = [member(schema, 'required')].flat();
    const values: [string, JsonValue][] = [];
    for (const [name, property] of Object.entries(member(schema, 'properties') ?? {})) {
      const shape = shapeOf(property, root);
      const value = left-- > 0 && level < MAX_LEVELS ? find(name, shape, level) : undefined;
      if (value !== undefined) values.push([name, value]);
      else if (shape.isNullable) values.push([name, null]);
      else if (required.includes(name)) values.push([name, emptyOf(shape)]);
    }
    return Object.fromEntries(values);
  };

  const find = (name: string, { schema, type, isNullable }: Shape, level: number): JsonValue | undefined => {
    const field = fieldFor(name, schema, reading);
    const options = optionsOf(schema);
    if (options) return bestOptions(options, reading)[0];
    if (type === 'object') return fillObject(schema, level + 1);
    if (type === 'array') return listFor(field, schema, shapeOf(member(schema, 'items'), root));
    if (type === 'boolean') return booleanFor(field, isNullable);
    if (type === 'number' || type === 'integer') return numberFor(field, type);
    return textFor(field)?.slice(0, MAX_TEXT);
  };

  return fillObject(root, 0);
}

/** A schema whose references, `anyOf` with null and lists of types are seen through. */
interface Shape {
  readonly schema: unknown;
  readonly type: string;
  readonly isNullable: boolean;
}

function shapeOf(schema: unknown, root: JsonObject): Shape {
  let inner = schema;
  let isNullable = false;
  for (let steps = 0; steps < MAX_REFERENCES; steps++) {
    const reference = member(inner, '$ref');
    const variants = [member(inner, 'anyOf') ?? member(inner, 'oneOf') ?? []].flat();
    isNullable ||= [inner, ...variants].some((one) => typesOf(one).includes('null'));
    if (typeof reference === 'string') {
      inner = member(member(root, '$defs'), reference.replace('#/$defs/', ''));
    } else if (variants.length > 0) {
      inner = variants.find((one) => !typesOf(one).includes('null'));
    } else {
      break;
    }
  }
  const type = typesOf(inner).find((one) => one !== 'null') ?? 'string';
  return { schema: inner, type, isNullable };
}

function optionsOf(schema: unknown): readonly string[] | undefined {
  const options = member(schema, 'enum') ?? member(schema, 'const');
  return options === undefined ? undefined : [options].flat().filter((option) => typeof option === 'string');
}

/** Where nothing was found and the schema allows no null; of options the last, by custom the rest. */
function emptyOf({ schema, type }: Shape): JsonValue {
  const options = optionsOf(schema);
  if (options) return options.at(-1) ?? null;
  if (type === 'array') return [];
  return type === 'string' ? '' : null;
}

/**
 * The options that share words with the text, the most first. An option's words are also those of the line
 * `- option: ...` in the instruction.
 */
function bestOptions(options: readonly string[], { stems, instructionLines }: Reading): readonly string[] {
  const score = (option: string): number => {
    const line = instructionLines.find((one) => one.startsWith(`- ${option}:`)) ?? '';
    const own = new Set(stemsOf(`${option.replaceAll(/[_-]/g, ' ')} ${line}`));
    return [...own].filter((stem) => stems().has(stem)).length;
  };
  return options
    .map((option) => ({ option, score: score(option) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ option }) => option);
}

/** One property and where to look for it. */
interface Field {
  readonly name: string;
  /** Its name and description, as words. */
  readonly asked: string;
  /** What stands in the text under its name. */
  readonly value: string | undefined;
  readonly reading: Reading;
}

function fieldFor(name: string, schema: unknown, reading: Reading): Field {
  const described = member(schema, 'description');
  const description = typeof described === 'string' ? described : '';
  const asked = `${wordsOfName(name).join(' ')} ${description}`;
  return { name, asked, value: labelled(name, description, reading.labels()), reading };
}

function textFor({ name, asked, value, reading }: Field): string | undefined {
  if (value !== undefined) return value;
  if (TERMS.test(asked)) return reading.terms().slice(0, USUAL_TERMS).join(', ') || undefined;
  if (TITLE.test(asked)) return reading.title();
  if (SUMMARY.test(asked)) return reading.summary().join(' ') || undefined;
  return sentenceWith(name, reading.sentences());
}

/** The number under the field's name, or the first one after its name in a sentence. */
function numberFor({ name, value, reading }: Field, type: 'number' | 'integer'): number | undefined {
  const sentence = sentenceWith(name, reading.sentences()) ?? '';
  const after = sentence.slice(sentence.toLowerCase().indexOf(wordsOfName(name).at(-1) ?? ''));
  const digits = /-?\d[\d,]{0,30}(?:\.\d{1,30})?/.exec(value ?? after)?.[0];
  const number = Number(digits?.replaceAll(',', ''));
  return Number.isNaN(number) || (type === 'integer' && !Number.isInteger(number)) ? undefined : number;
}

/** What stands under the field's name, else whether the text has its words; without them it is unknown. */
function booleanFor({ asked, value = '', reading }: Field, isNullable: boolean): boolean | undefined {
  if (/^(yes|true|是|对)/i.test(value)) return true;
  if (/^(no|false|否|不)/i.test(value)) return false;
  if (shareOf(asked, reading.words()) >= 0.5) return true;
  return isNullable ? undefined : false;
}

function listFor({ asked, value, reading }: Field, schema: unknown, items: Shape): JsonValue | undefined {
  const limit = Number(member(schema, 'maxItems') ?? MAX_TERMS);
  const options = optionsOf(items.schema);
  if (options) return bestOptions(options, reading).slice(0, limit);
  if (items.type !== 'string') return undefined;
  if (value !== undefined)
    return value
      .slice(0, MAX_TEXT)
      .split(/\s{0,9}[,;、，；]\s{0,9}/)
      .slice(0, limit);
  if (TERMS.test(asked)) return reading.terms().slice(0, Math.min(limit, USUAL_TERMS));
  if (!SUMMARY.test(asked)) return undefined;
  return reading
    .summary()
    .slice(0, limit)
    .map((sentence) => sentence.slice(0, MAX_TEXT));
}
