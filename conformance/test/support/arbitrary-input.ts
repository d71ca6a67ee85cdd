import type { OperationModel } from '@flowwire/codegen';
import fc from 'fast-check';
import { bodySchema, isObject, propertiesOf, type Schemas } from '../../src/probes/schema.ts';
import { type Input, RawBody } from '../../src/wire/request.ts';
import { anything, arbitraryValue } from './arbitrary-value.ts';

/** Header values that HTTP can carry. */
const isHeaderText = (text: string): boolean => /^[!-~]([ -~]*[!-~])?$/.test(text);

const present = (members: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );

/** A URL cannot carry half of a character. */
const withoutLoneSurrogates = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '');

/** Random requests of an operation: mostly near to what the document takes, never the same twice. */
export function inputOf(
  operation: OperationModel,
  schemas: Schemas,
  ids: readonly string[],
): fc.Arbitrary<Input> {
  const group = (name: 'path' | 'query' | 'headers') => {
    const schema = operation.groups.find((one) => one.name === name);
    const properties = schema ? propertiesOf(schemas.resolve(schema.schema.schema)) : [];
    const members = properties.map(
      ([member, property]) => [member, textOf(name, property, schemas, ids)] as const,
    );
    return fc
      .record<Record<string, string>>(
        Object.fromEntries(members),
        name === 'path' ? {} : { requiredKeys: [] },
      )
      .map(present);
  };
  return fc.record({
    path: group('path'),
    query: group('query'),
    headers: group('headers'),
    body: bodyOf(operation, schemas, ids),
  });
}

function textOf(
  group: 'path' | 'query' | 'headers',
  schema: unknown,
  schemas: Schemas,
  ids: readonly string[],
): fc.Arbitrary<string> {
  const text = arbitraryValue(schema, schemas, ids).map((value) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  );
  if (group === 'headers') return text.map((one) => (isHeaderText(one) ? one : 'odd'));
  // A path without one of its parts is another path; "." and ".." are taken out by whoever sends it.
  const whole = text.map(withoutLoneSurrogates);
  return group === 'path' ? whole.map((one) => (/^\.{0,2}$/.test(one) ? 'odd' : one)) : whole;
}

function bodyOf(operation: OperationModel, schemas: Schemas, ids: readonly string[]): fc.Arbitrary<unknown> {
  const [content] = operation.body?.content ?? [];
  if (!content) return fc.constant(undefined);
  if (content.kind === 'multipart') return filesOf(Object.keys(content.parts ?? {}));
  const schema = bodySchema(operation, schemas);
  return fc.oneof(
    { weight: 12, arbitrary: arbitraryValue(schema, schemas, ids) },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.string({ maxLength: 40 }).map((text) => new RawBody(text)) },
  );
}

const filesOf = (names: readonly string[]): fc.Arbitrary<unknown> =>
  fc
    .record({
      name: fc.constantFrom('a.txt', 'a.png', 'a.pdf', 'a', '../a.txt', 'a.txt.exe', 'é.csv', 'a"b.srt'),
      bytes: fc.uint8Array({ maxLength: 300 }),
      field: fc.constantFrom(...names, 'other'),
    })
    .map(({ name, bytes, field }) => ({ [field]: new File([bytes], name) }));

/** A random request with, for each of its members, whether it goes into a valid one. */
export interface Mix {
  readonly random: Input;
  /** Members of the valid request that the random one replaces, by the order in which they are met. */
  readonly replaces: readonly boolean[];
  /** Nothing of the valid request is taken. */
  readonly isAllRandom: boolean;
}

export const mixOf = (random: fc.Arbitrary<Input>): fc.Arbitrary<Mix> =>
  fc.record({
    random,
    replaces: fc.array(
      fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      { minLength: 12, maxLength: 12 },
    ),
    isAllRandom: fc.oneof(
      { weight: 2, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  });

/** A valid request with some members of a random one. */
export function mixed(valid: Input, { random, replaces }: Mix): Input {
  let met = 0;
  const merge = (own: unknown, other: unknown): unknown => {
    if (!isObject(own) || !isObject(other)) return own ?? other;
    const names = Object.keys(other).filter(() => replaces[met++ % replaces.length]);
    return { ...own, ...Object.fromEntries(names.map((name) => [name, other[name]])) };
  };
  return {
    path: { ...valid.path, ...(replaces[met++] && random.path) },
    query: { ...valid.query, ...(replaces[met++] && random.query) },
    headers: { ...valid.headers, ...(replaces[met++] && random.headers) },
    body: merge(valid.body, random.body),
  };
}
