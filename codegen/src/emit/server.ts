import type { ApiModel, OperationModel } from '../model/api.ts';
import { channelInputs, clientMessages } from './channels.ts';
import { member } from './contract.ts';
import { contractName, serverName } from './names.ts';
import { banner, type Code, docComment, quote } from './text.ts';
import { validator } from './validator-code.ts';

/** Validators of a body: of its one media type, or of each by name. */
function bodyValidators({ body }: OperationModel): object {
  const content = body?.content ?? [];
  const [first, second] = content;
  if (!second) return first?.schema === undefined ? {} : { body: validator(first.schema) };
  const bodies = content.flatMap(({ mediaType, schema }): [string, Code][] =>
    schema === undefined ? [] : [[mediaType, validator(schema)]],
  );
  return bodies.length > 0 ? { bodies: Object.fromEntries(bodies) } : {};
}

const inputsRow = (operation: OperationModel): object => ({
  ...Object.fromEntries(operation.groups.map(({ name, schema }) => [name, validator(schema.name)])),
  ...bodyValidators(operation),
});

/** Emits server.ts: the contract with what a server needs beside it, kept out of a client's bundle. */
export function emitServer(model: ApiModel, runtime: string): string {
  const hasChannels = model.channels.length > 0;
  const rows = model.operations.map((operation) => [operation.operationId, inputsRow(operation)]);
  const usesValidators =
    model.channels.some(({ groups, client }) => groups.length > 0 || client.length > 0) ||
    model.operations.some(
      ({ groups, body }) =>
        groups.length > 0 || body?.content.some(({ schema }) => schema !== undefined) === true,
    );
  const tables = [
    member('inputs', Object.fromEntries(rows)),
    member('channelInputs', channelInputs(model)),
    member('clientMessages', clientMessages(model)),
  ].join('');
  return [
    banner(model.sources),
    `import type { ServerContract } from ${quote(runtime)};\n`,
    `import { ${contractName(model)} } from './contract.js';\n`,
    ...(usesValidators ? [`import * as validate from './input-validators.js';\n`] : []),
    `import type { ${hasChannels ? 'Channels, ' : ''}Operations } from './types.js';\n\n`,
    docComment(`${model.title} ${model.version}, for a server.`),
    `export const ${serverName(model)}: ServerContract<Operations${hasChannels ? ', Channels' : ''}> = {\n`,
    `  ...${contractName(model)},\n`,
    tables,
    '};\n',
  ].join('');
}
