import { parseYaml } from '@redocly/openapi-core';
import { Ajv2020, type AnySchema, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { parts } from '../../bundle/shape.ts';
import { isJsonMediaType, isObject, type JsonObject } from '../../json.ts';
import { type Cursor, child, placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { legacyBounds, makeNullable } from '../../model/schemas/dialects.ts';

/** Keywords of JSON Schema that say something about a value by themselves. */
const ASSERTIONS = new Set([
  ...['type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  ...['maxLength', 'minLength', 'pattern', 'format', 'maxItems', 'minItems', 'uniqueItems', 'maxContains'],
  ...['minContains', 'maxProperties', 'minProperties', 'required', 'dependentRequired', 'contentMediaType'],
]);

/** Keywords by which parts of a schema, or other schemas, say what it takes. */
const COMPOUND = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'];

/** Says which schema the JSON in a text should fit: `contentSchema`, which Ajv takes for an annotation. */
const CONTENT = 'x-content';

/** With the flag that JSON Schema asks for, or without it where a pattern is written for engines without. */
const createPattern = (pattern: string, flags: string): RegExp => {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
};

/** Reads a text of a media type; undefined for types whose data is not known here. */
function parserOf(mediaType: unknown): ((text: string) => unknown) | undefined {
  if (typeof mediaType !== 'string') return undefined;
  if (isJsonMediaType(mediaType)) return JSON.parse;
  return /^(application|text)\/((.+\+|x-)?yaml)$/i.test(mediaType) ? (text) => parseYaml(text) : undefined;
}

/**
 * Compiles the schemas of documents. Each schema that something refers to is compiled by itself, under a name
 * for its place, so that references mean what they mean to the loader, whatever `$id` or `$self` says.
 */
export class Schemas {
  readonly #documents: Documents;
  readonly #names = new Map<string, string>();
  readonly #waiting: Cursor[] = [];
  readonly #written = new WeakMap<object, Cursor>();
  readonly #ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    validateSchema: false,
    inlineRefs: false,
    logger: false,
    formats: fullFormats,
    code: { regExp: Object.assign(createPattern, { code: '' }) },
  });

  constructor(documents: Documents) {
    this.#documents = documents;
    this.#ajv.addKeyword({
      keyword: CONTENT,
      schemaType: 'string',
      compile: (name: string, parent: AnySchemaObject) => this.#compileContent(name, parent),
      errors: 'full',
    });
  }

  /** Tells whether a value fits. Throws Error when the schema is none. */
  validatorOf(schema: Cursor): ValidateFunction {
    return this.#validator(this.#nameOf(schema));
  }

  /** Where the schema is written that an error of a validator's names. */
  writtenAt(schema: unknown): Cursor | undefined {
    return typeof schema === 'object' && schema !== null ? this.#written.get(schema) : undefined;
  }

  #validator(name: string): ValidateFunction {
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop())
      this.#ajv.addSchema(this.#convert(next), this.#nameOf(next));
    const validate = this.#ajv.getSchema(name);
    if (!validate) throw new Error('There is no such schema.');
    return validate;
  }

  /** Also has the schema compiled when it is first needed. */
  #nameOf(schema: Cursor): string {
    const place = placeOf(schema);
    const known = this.#names.get(place);
    if (known !== undefined) return known;
    const name = `flowwire:${this.#names.size}`;
    this.#names.set(place, name);
    this.#waiting.push(schema);
    return name;
  }

  #convert(cursor: Cursor): AnySchema {
    const { value } = cursor;
    if (typeof value === 'boolean') return value;
    if (!isObject(value)) return {};
    const isOld = cursor.document.dialect === 'openapi-3.0';
    const own = isOld && typeof value.$ref === 'string' ? { $ref: value.$ref } : value;
    const kept = Object.entries(own).filter(([keyword]) => ASSERTIONS.has(keyword));
    const schema = {
      ...Object.fromEntries(kept),
      ...this.#convertParts(cursor, own),
      ...this.#convertReferences(cursor, own),
    };
    const converted = isOld ? legacyBounds(schema) : schema;
    this.#written.set(converted, cursor);
    if (!isOld || own.nullable !== true) return converted;
    // Not as one of two alternatives: what is wrong shall be told as if null were none.
    if (COMPOUND.some((keyword) => keyword in converted)) return { if: { type: 'null' }, else: converted };
    const nullable = makeNullable(converted);
    if (typeof nullable === 'object') this.#written.set(nullable, cursor);
    return nullable;
  }

  #convertParts(cursor: Cursor, own: JsonObject): JsonObject {
    const schema: Record<string, unknown> = {};
    for (const { kind, path } of parts('schema', own)) {
      const [name = '', key] = path;
      if (kind !== 'schema' || name === '$defs' || name === 'definitions') continue;
      const inner = child(cursor, ...path);
      if (name === 'contentSchema') schema[CONTENT] = this.#nameOf(inner);
      else if (key === undefined) schema[name] = this.#convert(inner);
      else if (typeof key === 'number') schema[name] = [...asList(schema[name]), this.#convert(inner)];
      else schema[name] = { ...asMembers(schema[name]), [key]: this.#convert(inner) };
    }
    // Before JSON Schema 2020-12 a list of `items` was what is `prefixItems` now.
    const { items, ...rest } = schema;
    return Array.isArray(items) ? { ...rest, prefixItems: items } : schema;
  }

  #convertReferences(cursor: Cursor, own: JsonObject): JsonObject {
    const references = [own.$ref, own.$dynamicRef].filter((reference) => typeof reference === 'string');
    const targets = references.flatMap((reference) => this.#documents.resolve(cursor, reference) ?? []);
    const [first, ...more] = targets.map((target) => ({ $ref: this.#nameOf(target) }));
    return { ...first, ...(more.length > 0 && { allOf: more }) };
  }

  /** Reads data in a text. The faults of what it says are those of a keyword `contentSchema`. */
  #compileContent(name: string, { contentMediaType }: AnySchemaObject): (data: unknown) => boolean {
    const parse = parserOf(contentMediaType);
    if (!parse) return () => true;
    const refuse = (message: string, errors: unknown): false => {
      Object.assign(validate, { errors: [{ keyword: 'contentSchema', message, params: { errors } }] });
      return false;
    };
    const validate = (data: unknown): boolean => {
      if (typeof data !== 'string') return true;
      const fits = this.#validator(name);
      try {
        return fits(parse(data)) || refuse('holds data that does not fit', fits.errors);
      } catch {
        return refuse(`is no ${String(contentMediaType)}`, []);
      }
    };
    return validate;
  }
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const asMembers = (value: unknown): JsonObject => (isObject(value) ? value : {});
