import type { Validator } from '@flowwire/contract';
import { emitValidators } from '../emit/validators.ts';
import type { ApiModel, ParameterGroup } from '../model/api.ts';
import { validatorName } from '../model/names.ts';

/** Validators by the name of the schema that they check. */
export type SchemaValidators = ReadonlyMap<string, Validator<unknown>>;

/** The names of the schemas that something on the wire has to fit. */
function usedSchemas({ operations, channels }: ApiModel): Set<string> {
  const ofGroups = (groups: readonly ParameterGroup[]): string[] => groups.map(({ schema }) => schema.name);
  const names = [
    ...operations.flatMap(({ groups, body, replies }) => [
      ...ofGroups(groups),
      ...(body?.content ?? []).map(({ schema }) => schema),
      ...replies.flatMap(({ content, stream }) => [...content.map(({ schema }) => schema), stream?.item]),
    ]),
    ...channels.flatMap(({ groups, server, client }) => [
      ...ofGroups(groups),
      ...[...server, ...client].map(({ schema }) => schema),
    ]),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

const isValidator = (value: unknown): value is Validator<unknown> => typeof value === 'function';

/** Compiles the validators of an API as they are generated for its server, and loads them without a file. */
export async function loadValidators(model: ApiModel): Promise<SchemaValidators> {
  const used = usedSchemas(model);
  const schemas = model.schemas.filter(({ name }) => used.has(name));
  const exports = schemas.map((schema) => ({ schema, type: 'unknown' }));
  const { js } = emitValidators(exports, model.schemas, 'server', model.sources, undefined);
  const url = `data:text/javascript;base64,${Buffer.from(js).toString('base64')}`;
  const module: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ url);
  return new Map(
    schemas.flatMap(({ name }) => {
      const validate = module[validatorName(name)];
      return isValidator(validate) ? [[name, validate]] : [];
    }),
  );
}
