import type { Operation, ReplyFormat } from '@flowwire/contract';
import type { ApiModel, BodyContentModel, OperationModel, ReplyModel } from '../model/api.ts';
import { channelTable, serverMessages } from './channels.ts';
import { clientName, contractName } from './names.ts';
import { banner, type Code, docComment, literal, quote } from './text.ts';
import { validator } from './validator-code.ts';

const bodyFormat = ({ schema: _schema, ...format }: BodyContentModel) => format;

const replyFormat = ({ content, stream, errorCodes }: ReplyModel): ReplyFormat => ({
  ...(content.length > 0 && { content: content.map(({ mediaType, kind }) => ({ mediaType, kind })) }),
  ...(stream && { stream: stream.format }),
  ...(errorCodes && { errorCodes }),
});

const operationRow = (operation: OperationModel): Operation => ({
  operationId: operation.operationId,
  method: operation.method,
  path: operation.path,
  ...(operation.aliases.length > 0 && { aliases: operation.aliases }),
  parameters: operation.parameters,
  ...(operation.body && {
    body: { required: operation.body.required, content: operation.body.content.map(bodyFormat) },
  }),
  replies: Object.fromEntries(operation.replies.map((reply) => [reply.status, replyFormat(reply)])),
  security: operation.security,
  ...(operation.streamSwitch && { streamSwitch: operation.streamSwitch }),
  resumable: operation.resumable,
  idempotencyKey: operation.idempotencyKey,
});

/** The validators of an answer: of its first JSON media type by status, of further ones by status and type. */
function replyValidators({ status, content }: ReplyModel): [string, Code][] {
  const json = content.flatMap(({ mediaType, schema }) =>
    schema === undefined ? [] : [{ mediaType, schema }],
  );
  return json.map(({ mediaType, schema }, index) => [
    index === 0 ? status : `${status} ${mediaType}`,
    validator(schema),
  ]);
}

function outputsRow({ replies }: OperationModel): object {
  const stream = replies.find((reply) => reply.stream)?.stream;
  return {
    replies: Object.fromEntries(replies.flatMap(replyValidators)),
    ...(stream && { item: validator(stream.item) }),
  };
}

const byOperation = ({ operations }: ApiModel, row: (operation: OperationModel) => unknown): object =>
  Object.fromEntries(operations.map((operation) => [operation.operationId, row(operation)]));

/** One member of a contract's literal. */
export const member = (name: string, value: unknown): string =>
  `  ${name}: ${literal(value, '  ', name.length + 3)},\n`;

/** Whether a client has anything to check. */
const usesValidators = ({ operations, channels }: ApiModel): boolean =>
  channels.some(({ server }) => server.length > 0) ||
  operations.some(({ replies }) =>
    replies.some(({ content, stream }) => stream || content.some(({ schema }) => schema !== undefined)),
  );

/**
 * Emits contract.js, what a client must know of an API at run time, and its declaration. Not as one module of
 * TypeScript: the compiler would read and check the table wherever the API is used, for a thousand operations
 * a second and 100 MB, to learn nothing but the type in the declaration. This package's tests check the table
 * by the type in its comment.
 */
export function emitContract(
  model: ApiModel,
  runtime: string,
): { readonly js: string; readonly dts: string } {
  const [name, client] = [contractName(model), clientName(model)];
  const hasChannels = model.channels.length > 0;
  const from = (module: string, type: string): string => `import(${quote(module)}).${type}`;
  const types = [
    from('./types.js', 'Operations'),
    from('./client.js', client),
    ...(hasChannels ? [from('./types.js', 'Channels')] : []),
  ];
  const title = `${model.title} ${model.version}.`;
  const js = [
    banner(model.sources),
    ...(usesValidators(model) ? [`import * as validate from './output-validators.js';\n`] : []),
    '\n',
    docComment(`${title}\n\n@type {${from(runtime, 'Contract')}<${types.join(', ')}>}`, Infinity),
    `export const ${name} = {\n`,
    member('name', model.name),
    member('title', model.title),
    member('version', model.version),
    member('securitySchemes', model.securitySchemes),
    member('operations', byOperation(model, operationRow)),
    member('channels', channelTable(model)),
    member('outputs', byOperation(model, outputsRow)),
    member('serverMessages', serverMessages(model)),
    '};\n',
  ];
  const dts = [
    banner(model.sources),
    `import type { Contract } from ${quote(runtime)};\n`,
    `import type { ${client} } from './client.js';\n`,
    `import type { ${hasChannels ? 'Channels, ' : ''}Operations } from './types.js';\n\n`,
    docComment(title),
    `export declare const ${name}: Contract<Operations, ${client}${hasChannels ? ', Channels' : ''}>;\n`,
  ];
  return { js: js.join(''), dts: dts.join('') };
}
