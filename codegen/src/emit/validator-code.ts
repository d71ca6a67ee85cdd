import { validatorName } from '../model/names.ts';
import { Code } from './text.ts';

/** The validator of a schema, as the modules that import all validators under one name call it. */
export const validator = (schema: string): Code => new Code(`validate.${validatorName(schema)}`);
