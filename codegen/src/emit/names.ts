import type { ApiModel } from '../model/api.ts';
import { camelCase, pascalCase } from '../model/names.ts';

/** The names that the generated files of one API share. */
export const contractName = ({ name }: Pick<ApiModel, 'name'>): string => camelCase(name);
export const clientName = ({ name }: Pick<ApiModel, 'name'>): string => `${pascalCase(name)}Client`;
export const serverName = ({ name }: Pick<ApiModel, 'name'>): string => `${camelCase(name)}Server`;
