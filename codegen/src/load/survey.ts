import { isObject } from '../json.ts';
import { pointerTo } from './cursor.ts';
import { DATA, isExtension, MAPS } from './members.ts';
import { isJsonSchemaFormat } from './schema-formats.ts';
import type { SourceDocument } from './source.ts';

/** A place that refers to another one. */
export interface Reference {
  /** `mapping`: a value in a discriminator's mapping. */
  readonly keyword: '$ref' | '$dynamicRef' | 'mapping';
  readonly target: string;
  /** Of the object that has the keyword; for `mapping` of the value itself. */
  readonly pointer: string;
}

/** A name that a schema gives itself with `$anchor` or `$dynamicAnchor`. */
export interface Anchor {
  readonly name: string;
  readonly pointer: string;
  readonly dynamic: boolean;
}

/** What one walk through a document finds that must be known before its parts are read. */
export interface Survey {
  readonly references: readonly Reference[];
  readonly anchors: readonly Anchor[];
  /** `$id` by the pointer of its schema, outer ones first. */
  readonly ids: ReadonlyMap<string, string>;
  /** Pointers of schemas with `readOnly: true` or `writeOnly: true`. */
  readonly marks: readonly string[];
}

/** A mapping's value that is a reference; others are names of schemas (OpenAPI 3.2 "Options for Mapping Values"). */
export const isMappingReference = (value: string): boolean => /[#/]|\.(ya?ml|json)$/i.test(value);

class Surveyor {
  readonly references: Reference[] = [];
  readonly anchors: Anchor[] = [];
  readonly ids = new Map<string, string>();
  readonly marks: string[] = [];
  readonly #path: (string | number)[] = [];
  /** In OpenAPI 3.0 nothing beside a `$ref` counts. */
  readonly #ignoresSiblings: boolean;

  constructor(ignoresSiblings: boolean) {
    this.#ignoresSiblings = ignoresSiblings;
  }

  visit(value: unknown, key: string | number, holdsNames: boolean): void {
    this.#path.push(key);
    this.walk(value, holdsNames);
    this.#path.pop();
  }

  walk(value: unknown, holdsNames = false): void {
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) this.visit(value[index], index, false);
      return;
    }
    if (!isObject(value)) return;
    if (!holdsNames && this.#noteKeywords(value) && this.#ignoresSiblings) return;
    for (const key in value) {
      if (holdsNames) this.visit(value[key], key, false);
      else if (!this.#isOpaque(key, value)) this.visit(value[key], key, MAPS.has(key));
    }
  }

  /** Whether a member holds what is not ours to read: data, or a schema in another language. */
  #isOpaque(key: string, { schemaFormat }: Readonly<Record<string, unknown>>): boolean {
    if (key === 'schema' && schemaFormat !== undefined) return !isJsonSchemaFormat(schemaFormat);
    return DATA.has(key) || isExtension(key);
  }

  /** Tells whether the object is a `$ref`. */
  #noteKeywords(value: Readonly<Record<string, unknown>>): boolean {
    const { $ref, $dynamicRef, $id, $anchor, $dynamicAnchor, readOnly, writeOnly, discriminator } = value;
    if (typeof $ref === 'string') this.#refer('$ref', $ref);
    if (typeof $dynamicRef === 'string') this.#refer('$dynamicRef', $dynamicRef);
    if (typeof $id === 'string') this.ids.set(pointerTo(this.#path), $id);
    if (typeof $anchor === 'string') this.#anchor($anchor, false);
    if (typeof $dynamicAnchor === 'string') this.#anchor($dynamicAnchor, true);
    if (readOnly === true || writeOnly === true) this.marks.push(pointerTo(this.#path));
    if (isObject(discriminator)) this.#noteMapping(discriminator);
    return typeof $ref === 'string';
  }

  #noteMapping({ mapping, defaultMapping }: Readonly<Record<string, unknown>>): void {
    const refer = (target: unknown, ...keys: string[]): void => {
      if (typeof target !== 'string' || !isMappingReference(target)) return;
      const pointer = pointerTo([...this.#path, 'discriminator', ...keys]);
      this.references.push({ keyword: 'mapping', target, pointer });
    };
    if (isObject(mapping)) for (const key in mapping) refer(mapping[key], 'mapping', key);
    refer(defaultMapping, 'defaultMapping');
  }

  #refer(keyword: '$ref' | '$dynamicRef', target: string): void {
    this.references.push({ keyword, target, pointer: pointerTo(this.#path) });
  }

  #anchor(name: string, dynamic: boolean): void {
    this.anchors.push({ name, pointer: pointerTo(this.#path), dynamic });
  }
}

/** Walks through a whole document once, but for examples and extensions. */
export function survey({ parsed, dialect }: SourceDocument): Survey {
  const surveyor = new Surveyor(dialect === 'openapi-3.0');
  surveyor.walk(parsed);
  const { references, anchors, ids, marks } = surveyor;
  return { references, anchors, ids, marks };
}
