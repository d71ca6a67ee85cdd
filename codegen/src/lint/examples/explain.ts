import type { ErrorObject } from 'ajv/dist/2020.js';
import { isObject, type JsonObject } from '../../json.ts';
import { type Cursor, child, items } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { Fault } from './fault.ts';
import type { Schemas } from './schemas.ts';

const MAX_NAMED = 8;

const spell = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const listed = (texts: readonly string[]): string => {
  const shown = texts.slice(0, MAX_NAMED).join(', ');
  return texts.length > MAX_NAMED ? `${shown} and ${texts.length - MAX_NAMED} more` : shown;
};

const spellAll = (values: readonly unknown[]): string => listed(values.map(spell));

/** Who sends a value: `readOnly` properties are no part of requests, `writeOnly` ones none of answers. */
export type Direction = 'request' | 'answer' | undefined;

type Params = Readonly<Record<string, unknown>>;

/** What Ajv says in words that do not name what is at fault. */
const MESSAGES: Readonly<Record<string, (params: Params) => string>> = {
  dependentRequired: ({ missingProperty, property }) =>
    `has \`${property}\` and lacks \`${missingProperty}\``,
  type: ({ type }) => `is not of type ${[type].flat().join(' or ')}`,
  enum: ({ allowedValues }) => `is none of ${spellAll(Array.isArray(allowedValues) ? allowedValues : [])}`,
  const: ({ allowedValue }) => `is not ${spell(allowedValue)}`,
  format: ({ format }) => `is no ${format}`,
  pattern: ({ pattern }) => `does not match ${pattern}`,
  'false schema': () => 'may not be there',
};

/** Keywords that complain of one property at a time, how that is said of all, and where the name is. */
const PROPERTIES: Readonly<Record<string, readonly [param: string, say: (names: string) => string]>> = {
  required: ['missingProperty', (names) => `lacks ${names}`],
  additionalProperties: ['additionalProperty', (names) => `has ${names}, which the schema does not know`],
  unevaluatedProperties: ['unevaluatedProperty', (names) => `has ${names}, which the schema does not know`],
};

/** Says in one fault what is said of several properties of one object. */
function mergeProperties(errors: readonly ErrorObject[]): Fault[] {
  const groups = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const key = error.keyword in PROPERTIES ? `${error.keyword} ${error.instancePath}` : `${groups.size}`;
    groups.set(key, [...(groups.get(key) ?? []), error]);
  }
  return [...groups.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const { keyword, instancePath: pointer } = first;
    const [param, say] = PROPERTIES[keyword] ?? [];
    if (param === undefined || say === undefined) return [{ pointer, keyword, message: messageOf(first) }];
    const names = [first, ...more].map(({ params }) => `\`${params[param]}\``);
    return [{ pointer, keyword, message: say(listed(names)) }];
  });
}

const messageOf = ({ keyword, params, message }: ErrorObject): string =>
  MESSAGES[keyword]?.(params) ?? message ?? keyword;

const isUnion = ({ keyword }: ErrorObject): boolean => keyword === 'oneOf' || keyword === 'anyOf';

const isWithin = (pointer: string, outer: string): boolean =>
  pointer === outer || pointer.startsWith(`${outer}/`);

/** Tells how values do not fit schemas, in as few words as will do. */
export class Explainer {
  readonly #schemas: Schemas;
  readonly #documents: Documents;

  constructor(schemas: Schemas, documents: Documents) {
    this.#schemas = schemas;
    this.#documents = documents;
  }

  /** The faults of a value; none when it fits. Throws Error when the schema is none. */
  faultsOf(schema: Cursor, value: unknown, direction: Direction): Fault[] {
    const validate = this.#schemas.validatorOf(schema);
    if (validate(value)) return [];
    return this.#explain(validate.errors ?? [], direction);
  }

  /** Each alternative of a union says why it does not fit; only the one that was meant is of interest. */
  #explain(errors: readonly ErrorObject[], direction: Direction): Fault[] {
    const unions: ErrorObject[] = [];
    const simple: ErrorObject[] = [];
    const compound: Fault[] = [];
    for (const error of [...errors].reverse()) {
      const isTold = unions.some(
        (union) =>
          union.parentSchema !== error.parentSchema && isWithin(error.instancePath, union.instancePath),
      );
      // What `then` or `else` ask for is told by itself.
      if (isTold || error.keyword === 'if' || this.#isExempt(error, direction)) continue;
      if (isUnion(error)) unions.push(error);
      if (isUnion(error))
        compound.push(...this.#explainUnion(error, direction).map(within(error.instancePath)));
      else if (error.keyword === 'contentSchema') compound.push(...this.#explainContent(error, direction));
      else simple.push(error);
    }
    return [...mergeProperties(simple.reverse()), ...compound];
  }

  #explainContent(
    { instancePath: pointer, keyword, params, message = keyword }: ErrorObject,
    direction: Direction,
  ): Fault[] {
    const inner = this.#explain(Array.isArray(params.errors) ? params.errors : [], direction);
    if (inner.length === 0) return [{ pointer, keyword, message }];
    return inner.map((fault) => ({
      pointer,
      keyword,
      message: `holds data whose ${fault.pointer || 'value'} ${fault.message}`,
    }));
  }

  /** A property that this side does not send is not missed. */
  #isExempt({ keyword, params, parentSchema }: ErrorObject, direction: Direction): boolean {
    const schema = this.#schemas.writtenAt(parentSchema);
    if (keyword !== 'required' || !schema) return false;
    const { value } = this.#documents.follow(child(schema, 'properties', String(params.missingProperty)));
    if (!isObject(value)) return false;
    const { readOnly, writeOnly } = value;
    return (readOnly === true && direction !== 'answer') || (writeOnly === true && direction !== 'request');
  }

  #explainUnion(
    { keyword, parentSchema, data, params, message }: ErrorObject,
    direction: Direction,
  ): Fault[] {
    const fault = (text: string): Fault[] => [{ pointer: '', keyword, message: text }];
    const schema = this.#schemas.writtenAt(parentSchema);
    if (Array.isArray(params.passingSchemas))
      return fault(
        `fits alternatives ${params.passingSchemas.map((index) => Number(index) + 1).join(' and ')}, not one`,
      );
    if (!schema) return fault(message ?? keyword);
    const chosen = isObject(data) ? this.#chosenBy(schema, data) : undefined;
    if (typeof chosen === 'string') return fault(chosen);
    if (chosen) return this.faultsOf(chosen, data, direction);
    const branches = items(child(schema, keyword)).map((branch) => this.faultsOf(branch, data, direction));
    const meant = branches.filter((faults) => !faults.some(isOfAnotherKind));
    const [first] = meant;
    if (first !== undefined && first.length > 0 && meant.length === 1) return first;
    return fault(`fits none of the ${branches.length} alternatives`);
  }

  /** The alternative that a discriminator names, or what is wrong with its property. */
  #chosenBy(schema: Cursor, data: JsonObject): Cursor | string | undefined {
    const { value } = child(schema, 'discriminator');
    if (!isObject(value) || typeof value.propertyName !== 'string') return undefined;
    const mapping = isObject(value.mapping) ? value.mapping : {};
    const tag = data[value.propertyName];
    if (tag === undefined) return `lacks \`${value.propertyName}\`, which tells the alternatives apart`;
    const target = typeof tag === 'string' ? mapping[tag] : undefined;
    if (typeof target !== 'string') {
      const known = Object.keys(mapping);
      return known.length > 0
        ? `has the unknown \`${value.propertyName}\` ${spell(tag)}: ${spellAll(known)} are known`
        : undefined;
    }
    const reference = /[#/.]/.test(target) ? target : `#/components/schemas/${target}`;
    return this.#documents.resolve(schema, reference);
  }
}

/** A fault that shows that another alternative was meant: a fixed value, or the type, is another one. */
const isOfAnotherKind = ({ pointer, keyword }: Fault): boolean =>
  (pointer === '' && keyword === 'type') ||
  (/^\/[^/]+$/.test(pointer) && (keyword === 'const' || keyword === 'enum'));

const within =
  (outer: string) =>
  (fault: Fault): Fault => ({ ...fault, pointer: outer + fault.pointer });
