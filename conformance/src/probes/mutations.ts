import type { OperationModel } from '@flowwire/codegen';
import type { Input } from '../wire/request.ts';
import { bodySchema, isObject, propertiesOf, requiredOf, type SchemaObject, type Schemas } from './schema.ts';
import { candidatesFor, textsFor } from './values.ts';

/** A valid request with one thing changed. */
export interface Mutation {
  readonly input: Input;
  readonly what: string;
  /** Whether the document takes it. */
  readonly fits: boolean;
  /** The place of the change. */
  readonly where: 'path' | 'query' | 'header' | 'body';
  readonly pointer: string;
}

const MAX_DEPTH = 3;

/** Every change of one place of a valid request that the document decides about. */
export function mutationsOf(operation: OperationModel, schemas: Schemas, valid: Input): readonly Mutation[] {
  const body = bodySchema(operation, schemas);
  const isJson = operation.body?.content[0]?.kind === 'json';
  return [
    ...operation.groups.flatMap(({ name, schema }) => {
      if (name !== 'path' && name !== 'query' && name !== 'headers') return [];
      return parameterMutations(name, schemas.resolve(schema.schema), schemas, valid);
    }),
    ...(body && isJson && isObject(valid.body)
      ? bodyMutations(body, schemas, valid.body, '', MAX_DEPTH).map(
          ({ value, ...rest }): Mutation => ({ ...rest, where: 'body', input: { ...valid, body: value } }),
        )
      : []),
  ];
}

function parameterMutations(
  group: 'path' | 'query' | 'headers',
  schema: SchemaObject,
  schemas: Schemas,
  valid: Input,
): readonly Mutation[] {
  const where = group === 'headers' ? 'header' : group;
  return propertiesOf(schema).flatMap(([name, property]) =>
    textsFor(schemas.resolve(property), group !== 'headers')
      // A path without one of its parts is another path; an empty header or query says less than a wrong one.
      .filter(({ value }) => value !== '')
      .map(({ value, what, fits }) => ({
        input: { ...valid, [group]: { ...valid[group], [name]: String(value) } },
        what: `${where} ${name} ${what}`,
        fits,
        where,
        pointer: `/${name}`,
      })),
  );
}

interface BodyMutation extends Omit<Mutation, 'input' | 'where'> {
  readonly value: unknown;
}

function bodyMutations(
  schema: SchemaObject,
  schemas: Schemas,
  value: Readonly<Record<string, unknown>>,
  at: string,
  depth: number,
): readonly BodyMutation[] {
  const without = (name: string) => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  const missing = requiredOf(schema).map((name) => ({
    value: without(name),
    what: `body without ${at}/${name}`,
    fits: false,
    pointer: `${at}/${name}`,
  }));
  const surplus =
    schema.additionalProperties === false
      ? [
          {
            value: { ...value, surplus: 1 },
            what: `body with ${at}/surplus`,
            fits: false,
            pointer: `${at}/surplus`,
          },
        ]
      : [];
  const inside = propertiesOf(schema).flatMap(([name, property]) => {
    const resolved = schemas.resolve(property);
    const place = `${at}/${name}`;
    const own = candidatesFor(resolved).map(({ value: one, what, fits }) => ({
      value: { ...value, [name]: one },
      what: `body ${place} ${what}`,
      fits,
      pointer: place,
    }));
    const inner = value[name];
    if (depth === 0 || !isObject(inner)) return own;
    const deeper = bodyMutations(resolved, schemas, inner, place, depth - 1);
    return [...own, ...deeper.map((one) => ({ ...one, value: { ...value, [name]: one.value } }))];
  });
  return [...missing, ...surplus, ...inside];
}
