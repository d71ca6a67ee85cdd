import type { Operation, ReplyFormat } from '@flowwire/contract';
import type { ApiModel, OperationModel, ReplyModel } from '../model/api.ts';
import { validatorName } from '../model/names.ts';
import { clientName, contractName } from './names.ts';
import { banner, Code, docComment, indent, LINE_WIDTH, literal, quote } from './text.ts';

const replyFormat = ({ json, stream, text }: ReplyModel): ReplyFormat => ({
  ...(json !== undefined && { json: true }),
  ...(stream && { stream: stream.format }),
  ...(text !== undefined && { text }),
});

const operationRow = (operation: OperationModel): Operation => ({
  operationId: operation.operationId,
  method: operation.method,
  path: operation.path,
  parameters: operation.parameters,
  ...(operation.body && {
    body: { required: operation.body.required, mediaTypes: operation.body.mediaTypes },
  }),
  replies: Object.fromEntries(operation.replies.map((reply) => [reply.status, replyFormat(reply)])),
  security: operation.security,
  ...(operation.streamSwitch && { streamSwitch: operation.streamSwitch }),
  resumable: operation.resumable,
  idempotencyKey: operation.idempotencyKey,
});

const validator = (schema: string): Code => new Code(`validate.${validatorName(schema)}`);

function outputsRow({ replies }: OperationModel): object {
  const withJson = replies.flatMap(({ status, json }) =>
    json === undefined ? [] : [[status, validator(json)] as const],
  );
  const stream = replies.find((reply) => reply.stream)?.stream;
  return { replies: Object.fromEntries(withJson), ...(stream && { item: validator(stream.item) }) };
}

const table = (operations: readonly OperationModel[], row: (operation: OperationModel) => object): string => {
  const rows = operations.map((operation) => [operation.operationId, row(operation)] as const);
  return indent(literal(Object.fromEntries(rows), LINE_WIDTH - 2, 'operations: ,'.length)).trimStart();
};

/** Emits contract.ts: what a client must know of an API at run time. */
export function emitContract(model: ApiModel, runtime: string): string {
  const client = clientName(model);
  const usesValidators = model.operations.some(({ replies }) =>
    replies.some(({ json, stream }) => json !== undefined || stream),
  );
  return [
    banner(model.sources),
    `import type { Contract } from ${quote(runtime)};\n`,
    `import type { ${client} } from './client.js';\n`,
    ...(usesValidators ? [`import * as validate from './output-validators.js';\n`] : []),
    `import type { Operations } from './types.js';\n\n`,
    docComment(`${model.title} ${model.version}.`),
    `export const ${contractName(model)}: Contract<Operations, ${client}> = {\n`,
    `  name: ${quote(model.name)},\n  title: ${quote(model.title)},\n  version: ${quote(model.version)},\n`,
    `  securitySchemes: ${indent(literal(model.securitySchemes, LINE_WIDTH - 2, 'securitySchemes: ,'.length)).trimStart()},\n`,
    `  operations: ${table(model.operations, operationRow)},\n`,
    `  outputs: ${table(model.operations, outputsRow)},\n};\n`,
  ].join('');
}
