import { isObject } from '../../json.ts';
import { type Cursor, child } from '../../load/cursor.ts';
import type { NamedSchema } from '../../model/api.ts';

/** A schema, and where a document writes it, for the examples that stand there. */
export interface Part {
  readonly schema: unknown;
  readonly place: Cursor | undefined;
}

/** The schemas of an API by name. */
export type Definitions = ReadonlyMap<string, Part>;

/** What of a named schema is needed to make values of it. */
export type Definition = Pick<NamedSchema, 'name' | 'schema'> & Partial<Pick<NamedSchema, 'place'>>;

export const definitionsOf = (schemas: readonly Definition[]): Definitions =>
  new Map(schemas.map(({ name, schema, place }) => [name, { schema, place }]));

/** A part of a part, by the keys that lead to it. Its place is a guess: conversion may have moved it. */
export function inside({ schema, place }: Part, ...keys: readonly (string | number)[]): Part {
  let value: unknown = schema;
  for (const key of keys) {
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return { schema: value, place: place && child(place, ...keys) };
}

/** The parts in a list or map of schemas. */
export const partsIn = (part: Part, keyword: string): Part[] => {
  const { schema } = inside(part, keyword);
  const keys = Array.isArray(schema)
    ? schema.map((_, index) => index)
    : isObject(schema)
      ? Object.keys(schema)
      : [];
  return keys.map((key) => inside(part, keyword, key));
};

const PREFIX = '#/components/schemas/';

/** The name that a `$ref` of our own form refers to. */
export const referredName = (schema: unknown): string | undefined =>
  isObject(schema) && typeof schema.$ref === 'string' ? schema.$ref.slice(PREFIX.length) : undefined;
