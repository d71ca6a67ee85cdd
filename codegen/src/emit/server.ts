import type { ApiModel, OperationModel } from '../model/api.ts';
import { validatorName } from '../model/names.ts';
import { contractName, serverName } from './names.ts';
import { banner, Code, docComment, indent, LINE_WIDTH, literal, quote } from './text.ts';

const validator = (schema: string): Code => new Code(`validate.${validatorName(schema)}`);

function inputsRow({ groups, body }: OperationModel): object {
  const members = groups.map(({ name, schema }) => [name, validator(schema.name)] as const);
  return { ...Object.fromEntries(members), ...(body && { body: validator(body.schema) }) };
}

/** Emits server.ts: the contract with what a server needs beside it, kept out of a client's bundle. */
export function emitServer(model: ApiModel, runtime: string): string {
  const rows = model.operations.map((operation) => [operation.operationId, inputsRow(operation)] as const);
  const inputs = literal(Object.fromEntries(rows), LINE_WIDTH - 2, 'inputs: ,'.length);
  const usesValidators = model.operations.some(({ groups, body }) => groups.length > 0 || body);
  return [
    banner(model.sources),
    `import type { ServerContract } from ${quote(runtime)};\n`,
    `import { ${contractName(model)} } from './contract.js';\n`,
    ...(usesValidators ? [`import * as validate from './input-validators.js';\n`] : []),
    `import type { Operations } from './types.js';\n\n`,
    docComment(`${model.title} ${model.version}, for a server.`),
    `export const ${serverName(model)}: ServerContract<Operations> = {\n  ...${contractName(model)},\n`,
    `  inputs: ${indent(inputs).trimStart()},\n};\n`,
  ].join('');
}
