import type { ApiModel, OperationModel } from '../model/api.ts';
import { bodyType } from './bodies.ts';
import { channelTypeNames, emitSocket } from './channels.ts';
import { importTypes, type Piece, referredNames } from './imports.ts';
import { needsInput } from './inputs.ts';
import { clientName, inputName } from './names.ts';
import { answersAtOnce, resultType, streamOf, successesOf } from './replies.ts';
import { banner, docComment, indent, propertyKey, quote, sentence, signature } from './text.ts';
import { terminalType } from './types.ts';

/** The client sets the field that chooses between an answer and a stream, so callers do not see it. */
function emitSwitchedInput({ operationId, streamSwitch, body }: OperationModel, model: ApiModel): Piece[] {
  const [media] = body?.content ?? [];
  if (!streamSwitch || !body || !media) return [];
  const member = `body${body.required ? '' : '?'}: Omit<${bodyType(media)}, ${quote(streamSwitch.field)}>`;
  const said = `The input of \`${operationId}\`. The method that is called decides \`${streamSwitch.field}\`.`;
  const rest = `Omit<Operations[${quote(operationId)}]['input'], 'body'>`;
  const head = `export type ${inputName(operationId, model)}`;
  return [{ code: `${docComment(said)}${head} = ${rest} & {\n  ${member};\n};\n\n`, types: [rest, member] }];
}

/** What a caller should know: the document's own words, then the failures. */
function methodComment(operation: OperationModel): string {
  const { replies, deprecated } = operation;
  // Blocks of YAML end with a line break.
  const [summary, description] = [operation.summary?.trim(), operation.description?.trim()];
  const successes = successesOf(operation);
  const failures = replies
    .filter((reply) => !successes.includes(reply))
    .map(({ status, description: reason }) => {
      const [firstLine = ''] = reason.split('\n');
      return `@throws ${status === 'default' ? 'otherwise' : status}: ${firstLine}`;
    });
  const prose = [summary && sentence(summary), description].filter((part) => part).join('\n\n');
  return docComment([prose, '', ...failures, ...(deprecated ? ['@deprecated'] : [])].join('\n'));
}

/** Emits one member of a client interface (OpenAPI 3.2 section 4.10). */
function emitMethod(operation: OperationModel, model: ApiModel): Piece {
  const { operationId, streamSwitch } = operation;
  const type = streamSwitch ? inputName(operationId, model) : `InputOf<${quote(operationId)}>`;
  const input = `input${needsInput(operation) ? '' : '?'}: ${type}`;
  const name = propertyKey(operationId);
  const comment = methodComment(operation);
  const result = `Promise<${resultType(operation)}>`;
  const single = (head: string): string => signature(head, input, 'CallOptions', result);
  const stream = streamOf(operation);
  if (!stream) return { code: comment + single(name), types: [type, 'CallOptions', result] };
  const terminal = stream.terminal.length > 0 ? `, ${terminalType(stream)}` : '';
  const events = `EventStream<${stream.item}${terminal}>`;
  const streaming = (head: string): string => signature(head, input, 'StreamOptions', events);
  const types = [type, 'StreamOptions', events];
  if (!answersAtOnce(operation)) return { code: comment + streaming(name), types };
  const members = `${single('')}\n/** The same, answered by a stream of events. */\n${streaming('stream')}`;
  return {
    code: `${comment}${name}: {\n${indent(members)}\n};`,
    types: [...types, 'CallOptions', result],
  };
}

/** Half of what a compiler would hold for each method's `Operations['id']['input']`. */
const INPUT_OF = "type InputOf<Id extends keyof Operations> = Operations[Id]['input'];\n\n";

const RUNTIME_TYPES = ['CallOptions', 'EventStream', 'Socket', 'SocketOptions', 'StreamOptions'];

/** Emits client.ts: an interface with one method for each operation and each socket. */
export function emitClient(model: ApiModel, runtime: string): string {
  const inputs = model.operations.flatMap((operation) => emitSwitchedInput(operation, model));
  const methods = [
    ...model.operations.map((operation) => emitMethod(operation, model)),
    ...model.channels.map((channel) => emitSocket(channel, model)),
  ];
  const types = [...inputs, ...methods].flatMap((piece) => piece.types);
  const inputOf = referredNames(types, ['InputOf']).length > 0 ? INPUT_OF : '';
  const exported = model.schemas.flatMap(({ exported, name }) => (exported ? [name] : []));
  const own = ['Channels', 'Operations', ...channelTypeNames(model), ...exported];
  return [
    banner(model.sources),
    importTypes(referredNames(types, RUNTIME_TYPES), runtime),
    importTypes(referredNames([...types, inputOf], own), './types.js'),
    '\n',
    inputOf,
    ...inputs.map(({ code }) => code),
    docComment(`${model.title} ${model.version}.`),
    `export interface ${clientName(model)} {\n${methods.map(({ code }) => indent(code)).join('\n\n')}\n}\n`,
  ].join('');
}
