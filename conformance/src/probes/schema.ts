import type { ApiModel, OperationModel } from '@flowwire/codegen';

export type SchemaObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const REF = '#/components/schemas/';

/** Looks schemas up, with references followed. */
export interface Schemas {
  /** The schema itself, or what it refers to with what stands beside the reference; empty for `true`. */
  resolve(schema: unknown): SchemaObject;
  named(name: string): SchemaObject;
}

export function createSchemas({ schemas }: ApiModel): Schemas {
  const byName = new Map(schemas.map(({ name, schema }) => [name, schema]));
  const resolve = (schema: unknown): SchemaObject => {
    if (!isObject(schema)) return {};
    const { $ref, ...beside } = schema;
    if (typeof $ref !== 'string' || !$ref.startsWith(REF)) return schema;
    return { ...resolve(byName.get($ref.slice(REF.length))), ...beside };
  };
  return { resolve, named: (name) => resolve(byName.get(name)) };
}

/** The schema of the operation's first body; undefined without one. */
export function bodySchema({ body }: OperationModel, schemas: Schemas): SchemaObject | undefined {
  const name = body?.content[0]?.schema;
  return name === undefined ? undefined : schemas.named(name);
}

export const propertiesOf = (schema: SchemaObject): readonly (readonly [string, unknown])[] =>
  isObject(schema.properties) ? Object.entries(schema.properties) : [];

export const requiredOf = (schema: SchemaObject): readonly string[] =>
  Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : [];
