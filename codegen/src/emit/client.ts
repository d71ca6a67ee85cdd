import type { ApiModel, OperationModel, ReplyModel } from '../model/api.ts';
import { pascalCase } from '../model/names.ts';
import { clientName } from './names.ts';
import { banner, docComment, indent, LINE_WIDTH, propertyKey, quote } from './text.ts';
import { terminalType } from './types.ts';

const isSuccess = ({ status }: ReplyModel): boolean => status.startsWith('2');

/** What a call that is answered once resolves to. */
function resultType({ replies, resumable }: OperationModel): string {
  const types = replies.filter(isSuccess).flatMap(({ json, text, stream }) => {
    if (json !== undefined) return [json];
    if (text !== undefined) return ['string'];
    return stream ? [] : ['void'];
  });
  const unique = [...new Set(types)];
  // On a resumable operation an answer without a body says that no event is left; only streams ask for that.
  const wanted = resumable && unique.length > 1 ? unique.filter((type) => type !== 'void') : unique;
  return (
    wanted.map((type) => (type === 'void' && wanted.length > 1 ? 'undefined' : type)).join(' | ') || 'void'
  );
}

const inputName = (operationId: string): string => `${pascalCase(operationId)}Input`;

/** The client sets the field that chooses between an answer and a stream, so callers do not see it. */
function emitSwitchedInput({ operationId, streamSwitch, body }: OperationModel): string {
  if (!streamSwitch || !body) return '';
  const member = `body${body.required ? '' : '?'}: Omit<${body.schema}, ${quote(streamSwitch.field)}>`;
  return [
    docComment(
      `The input of \`${operationId}\`. The method that is called decides \`${streamSwitch.field}\`.`,
    ),
    `export type ${inputName(operationId)} = Omit<Operations[${quote(operationId)}]['input'], 'body'> & {\n`,
    `  ${member};\n};\n\n`,
  ].join('');
}

const inputType = ({ operationId, streamSwitch, body }: OperationModel): string =>
  streamSwitch && body ? inputName(operationId) : `Operations[${quote(operationId)}]['input']`;

const needsInput = ({ groups, body }: OperationModel): boolean =>
  body?.required === true || groups.some(({ required }) => required);

/** What a caller should know: the document's own words, then the failures. */
function methodComment({ summary, description, replies, deprecated }: OperationModel): string {
  const failures = replies
    .filter((reply) => !isSuccess(reply))
    .map(({ status, description: reason }) => {
      const [firstLine = ''] = reason.split('\n');
      return `@throws ${status === 'default' ? 'otherwise' : status}: ${firstLine}`;
    });
  const said = [summary && (/[.!?]$/.test(summary) ? summary : `${summary}.`), description];
  const prose = said.filter((part) => part).join('\n\n');
  return docComment([prose, '', ...failures, ...(deprecated ? ['@deprecated'] : [])].join('\n'));
}

/** A method or, without a name, a call signature; broken where it does not fit. */
function signature(name: string, input: string, options: string, result: string): string {
  const flat = `${name}(${input}, options?: ${options}): ${result};`;
  // Four columns of margin at most.
  if (flat.length <= LINE_WIDTH - 4) return flat;
  return `${name}(\n  ${input},\n  options?: ${options},\n): ${result};`;
}

/** Emits one member of a client interface (OpenAPI 3.2 section 4.10). */
export function emitMethod(operation: OperationModel): string {
  const name = propertyKey(operation.operationId);
  const input = `input${needsInput(operation) ? '' : '?'}: ${inputType(operation)}`;
  const stream = operation.replies.find((reply) => isSuccess(reply) && reply.stream)?.stream;
  const comment = methodComment(operation);
  const single = (head: string): string =>
    signature(head, input, 'CallOptions', `Promise<${resultType(operation)}>`);
  if (!stream) return comment + single(name);
  const types = stream.terminal.length > 0 ? `${stream.item}, ${terminalType(stream)}` : stream.item;
  const streaming = (head: string): string =>
    signature(head, input, 'StreamOptions', `EventStream<${types}>`);
  if (!operation.streamSwitch) return comment + streaming(name);
  const members = `${single('')}\n/** The same, answered by a stream of events. */\n${streaming('stream')}`;
  return `${comment}${name}: {\n${indent(members)}\n};`;
}

/** The names in `candidates` that stand in `text` as whole words. */
const mentioned = (text: string, candidates: readonly string[]): string[] => {
  const words = new Set(text.match(/[\w$]+/g));
  return candidates.filter((name) => words.has(name)).sort();
};

function importFrom(names: readonly string[], from: string): string {
  const flat = `import type { ${names.join(', ')} } from ${quote(from)};\n`;
  if (names.length === 0 || flat.length <= LINE_WIDTH) return names.length === 0 ? '' : flat;
  return `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from ${quote(from)};\n`;
}

/** Emits client.ts: an interface with one method for each operation. */
export function emitClient(model: ApiModel, runtime: string): string {
  const methods = model.operations.map((operation) => indent(emitMethod(operation))).join('\n\n');
  // Comments do not count: a description may well mention a type by its name.
  const inputs = model.operations.map(emitSwitchedInput).join('');
  const code = (inputs + methods).replaceAll(/\/\*\*.*?\*\//gs, '');
  const runtimeTypes = mentioned(code, ['CallOptions', 'EventStream', 'StreamOptions']);
  const types = mentioned(code, [
    'Operations',
    ...model.schemas.filter(({ exported }) => exported).map(({ name }) => name),
  ]);
  return [
    banner(model.sources),
    importFrom(runtimeTypes, runtime),
    importFrom(types, './types.js'),
    `\n${inputs}`,
    docComment(`${model.title} ${model.version}.`),
    `export interface ${clientName(model)} {\n${methods}\n}\n`,
  ].join('');
}
