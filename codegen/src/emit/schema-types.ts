import { isObject } from '../json.ts';
import type { NamedSchema, Schema } from '../model/api.ts';
import { TypeBuilder } from './schema-types/build.ts';
import { printAfter, printObject, printType } from './schema-types/print.ts';
import { docComment, LINE_WIDTH } from './text.ts';

// Written by ourselves: openapi-typescript takes a second to load and to transform a thousand schemas, and
// its types are wrong for what OpenAPI 3.1 added (tuples, `anyOf` beside properties, index signatures).

export interface SchemaTypes {
  /** An exported declaration for each exported schema. */
  declarations(): string;
  /** A schema as a type expression. */
  inline(schema: Schema): string;
}

function describe(schema: Schema): string {
  if (!isObject(schema)) return '';
  const { description, deprecated } = schema;
  const lines = typeof description === 'string' ? [description.trim()] : [];
  return docComment([...lines, ...(deprecated === true ? ['@deprecated'] : [])].join('\n'), LINE_WIDTH);
}

/** Types for schemas. */
export function createSchemaTypes(schemas: readonly NamedSchema[]): SchemaTypes {
  const builder = new TypeBuilder(new Map(schemas.map(({ name, schema }) => [name, schema])));

  function declare({ name, schema }: NamedSchema): string {
    const type = builder.build(schema);
    const comment = describe(schema);
    if (type.kind === 'object') return `${comment}export interface ${name} ${printObject(type, '')}\n`;
    const head = `export type ${name} =`;
    return `${comment}${head}${printAfter(type, '', head.length + 2)};\n`;
  }

  return {
    declarations: () =>
      schemas
        .filter(({ exported }) => exported)
        .map(declare)
        .join('\n'),
    inline: (schema) => printType(builder.build(schema)),
  };
}
