import type { ApiModel } from '../model/api.ts';
import { camelCase, pascalCase } from '../model/names.ts';

type Named = Pick<ApiModel, 'name' | 'schemas'>;

/** `wanted`, or something like it where a schema has that name. */
export function freeName(wanted: string, { schemas }: Named): string {
  let name = wanted;
  while (schemas.some((schema) => schema.name === name)) name += '_';
  return name;
}

/** The names that the generated files of one API share. */
export const contractName = ({ name }: Pick<ApiModel, 'name'>): string => camelCase(name);
export const serverName = ({ name }: Pick<ApiModel, 'name'>): string => `${camelCase(name)}Server`;
export const clientName = (model: Named): string => freeName(`${pascalCase(model.name)}Client`, model);

/** The name of a method's input where it is not that of the operation. */
export const inputName = (operationId: string, model: Named): string =>
  freeName(`${pascalCase(operationId)}Input`, model);
