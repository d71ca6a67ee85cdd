import type { NamedSchema } from '../model/api.ts';
import type { Files } from './api.ts';
import { createSchemaTypes } from './schema-types.ts';
import { banner } from './text.ts';
import { emitValidators } from './validators.ts';

/** Emits the types of bare JSON Schemas and a validator for `root`, which finds every fault. */
export async function emitSchemas(
  root: NamedSchema | undefined,
  schemas: readonly NamedSchema[],
  sources: readonly string[],
): Promise<Files> {
  const exports = root ? [{ schema: root, type: `types.${root.name}` }] : [];
  const { js, dts } = await emitValidators(exports, schemas, 'server', sources, undefined);
  return new Map([
    ['types.ts', `${banner(sources)}\n${createSchemaTypes(schemas).declarations()}`],
    ['validators.js', js],
    ['validators.d.ts', dts],
  ]);
}
