import { isJsonMediaType, isObject } from '../../json.ts';
import { type Cursor, child, entries, items } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { isJsonSchemaFormat } from '../../load/schema-formats.ts';
import { nearest, type Seen } from '../walk.ts';
import { type Direction, Explainer } from './explain.ts';
import { Schemas } from './schemas.ts';
import { type Decoded, decode, essence } from './values.ts';

const isThere = ({ value }: Cursor): boolean => value !== undefined;

function directionOf(seen: Seen): Direction {
  const owner = nearest(seen, 'requestBody', 'parameter', 'response', 'header');
  if (owner === undefined) return undefined;
  return owner.kind === 'requestBody' || owner.kind === 'parameter' ? 'request' : 'answer';
}

/** One example of a body, a parameter or a header. */
interface Example {
  readonly cursor: Cursor;
  /** Whether it is the text that is sent, not the data that it means. */
  readonly isText: boolean;
}

function examplesOf(holder: Cursor, documents: Documents): Example[] {
  const own = child(holder, 'example');
  const named = entries(child(holder, 'examples')).flatMap(([, entry]) => {
    const example = documents.follow(entry);
    const data = [child(example, 'dataValue'), child(example, 'value')].find(isThere);
    const text = child(example, 'serializedValue');
    return [
      ...(data ? [{ cursor: data, isText: false }] : []),
      ...(isThere(text) ? [{ cursor: text, isText: true }] : []),
    ];
  });
  return isThere(own) ? [{ cursor: own, isText: false }, ...named] : named;
}

/** The schema of an AsyncAPI payload; undefined when it is written in another language. */
function payloadSchema(payload: Cursor): Cursor | undefined {
  const { value } = payload;
  if (!isObject(value) || !('schemaFormat' in value)) return isThere(payload) ? payload : undefined;
  return isJsonSchemaFormat(value.schemaFormat) ? child(payload, 'schema') : undefined;
}

/** Checks the examples of one document. */
export class ExampleCheck {
  readonly #documents: Documents;
  readonly #explainer: Explainer;
  readonly #report: (cursor: Cursor, message: string) => void;

  constructor(documents: Documents, report: (cursor: Cursor, message: string) => void) {
    this.#documents = documents;
    this.#explainer = new Explainer(new Schemas(documents), documents);
    this.#report = report;
  }

  /** Reports each fault where the value at fault is written; in a text, at the text. */
  #compare(
    schema: Cursor,
    example: Cursor,
    direction: Direction,
    value?: { readonly decoded: unknown },
  ): void {
    try {
      const faults = this.#explainer.faultsOf(schema, value ? value.decoded : example.value, direction);
      for (const { pointer, message } of faults) {
        const place = value ? example : { ...example, pointer: example.pointer + pointer };
        this.#report(place, `The example${pointer && ` at ${pointer}`} ${message}.`);
      }
    } catch (error) {
      this.#report(
        schema,
        `This schema cannot be checked: ${error instanceof Error ? error.message : String(error)}.`,
      );
    }
  }

  #schema({ cursor }: Seen): void {
    const single = child(cursor, 'example');
    if (isThere(single)) this.#compare(cursor, single, undefined);
    for (const example of items(child(cursor, 'examples'))) this.#compare(cursor, example, undefined);
  }

  /** A parameter or a header, whose examples are data. What is sent for them depends on its style. */
  #value(seen: Seen): void {
    const schema = child(seen.cursor, 'schema');
    if (!isThere(schema)) return;
    for (const { cursor, isText } of examplesOf(seen.cursor, this.#documents))
      if (!isText) this.#compare(schema, cursor, directionOf(seen));
  }

  #body(seen: Seen): void {
    for (const example of examplesOf(seen.cursor, this.#documents)) this.#bodyExample(seen, example);
  }

  #bodyExample(seen: Seen, example: Example): void {
    const { cursor } = example;
    const [schema, itemSchema] = [child(seen.cursor, 'schema'), child(seen.cursor, 'itemSchema')];
    const read = this.#read(seen, example);
    if (!read) return;
    if ('fault' in read) {
      this.#report(cursor, `The example ${read.fault}.`);
      return;
    }
    const direction = directionOf(seen);
    const compare = (to: Cursor, at: Cursor, value: unknown): void =>
      this.#compare(to, at, direction, read.isText ? { decoded: value } : undefined);
    if (isThere(schema)) compare(schema, cursor, read.value);
    if (!isThere(itemSchema)) return;
    if (!Array.isArray(read.value)) compare(itemSchema, cursor, read.value);
    else
      for (const [index, item] of read.value.entries())
        compare(itemSchema, read.isText ? cursor : child(cursor, index), item);
  }

  /** What an example of a body means; undefined where that is not known here. */
  #read({ cursor, name }: Seen, example: Example): (Decoded & { readonly isText: boolean }) | undefined {
    const { value } = example.cursor;
    const asData = { value, isText: false };
    const isSequence = isThere(child(cursor, 'itemSchema'));
    if (typeof value !== 'string' || (isJsonMediaType(essence(name)) && !example.isText && !isSequence))
      return asData;
    const decoded = example.isText || isSequence ? decode(value, name) : undefined;
    if (decoded) return { ...decoded, isText: true };
    return this.#isText(child(cursor, 'schema')) ? asData : undefined;
  }

  #isText(schema: Cursor): boolean {
    const { value } = this.#documents.follow(schema);
    return isObject(value) && [value.type].flat().includes('string');
  }

  #message({ cursor }: Seen): void {
    for (const example of items(child(cursor, 'examples'))) {
      for (const part of ['payload', 'headers']) {
        const value = child(example, part);
        const schema = payloadSchema(this.#documents.follow(child(cursor, part)));
        if (schema && isThere(value)) this.#compare(schema, value, undefined);
      }
    }
  }

  /** Checks the examples that an object has, where it is one that can have any. */
  see(seen: Seen): void {
    const { kind } = seen;
    if (kind === 'mediaType') this.#body(seen);
    else if (kind === 'parameter' || kind === 'header') this.#value(seen);
    else if (kind === 'schema' || kind === 'payload') this.#schema(seen);
    else if (kind === 'message') this.#message(seen);
  }
}
