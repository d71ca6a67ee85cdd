import type { ApiModel, OperationModel, ReplyModel } from '../model/api.ts';
import { createSchemaTypes, type SchemaTypes } from './schema-types.ts';
import { banner, docComment, indent, propertyKey, quote } from './text.ts';

const statusType = (status: string): string => (status === 'default' ? 'number' : status);

/** The type of the items that end a stream; every item's when none is marked. */
export function terminalType({ item, terminal, format }: NonNullable<ReplyModel['stream']>): string {
  if (terminal.length === 0) return item;
  const types = terminal.map(
    ({ value, schema }) =>
      schema ?? `Extract<${item}, { ${propertyKey(format.discriminator ?? '')}: ${quote(value)} }>`,
  );
  return [...new Set(types)].join(' | ');
}

function emitReply(reply: ReplyModel): string[] {
  const status = `status: ${statusType(reply.status)}`;
  const members: string[] = [];
  if (reply.json !== undefined) members.push(`{ ${status}; body: ${reply.json} }`);
  if (reply.text !== undefined) members.push(`{ ${status}; body: string }`);
  if (reply.stream) {
    members.push(`{ ${status}; stream: ${reply.stream.item}; terminal: ${terminalType(reply.stream)} }`);
  }
  return members.length > 0 ? members : [`{ ${status} }`];
}

function emitInput({ groups, body }: OperationModel, types: SchemaTypes): string {
  const members = groups.map(
    ({ name, required, schema }) => `${name}${required ? '' : '?'}: ${types.inline(schema.schema)};`,
  );
  if (body) members.push(`body${body.required ? '' : '?'}: ${body.schema};`);
  return members.length > 0 ? `{\n${indent(members.join('\n'))}\n}` : '{}';
}

/** Emits one member of `Operations` (OpenAPI 3.2 section 4.10). */
export function emitOperation(operation: OperationModel, types: SchemaTypes): string {
  const replies = operation.replies.flatMap(emitReply).map((member) => `\n    | ${member}`);
  const input = indent(emitInput(operation, types)).trimStart();
  const comment = docComment(operation.summary ?? '');
  return `${comment}${propertyKey(operation.operationId)}: {\n  input: ${input};\n  reply:${replies.join('')};\n};`;
}

/** Emits types.ts: the types of all schemas, then the wire types of each operation. */
export function emitTypes(model: ApiModel): string {
  const types = createSchemaTypes(model.schemas);
  const operations = model.operations.map((operation) => indent(emitOperation(operation, types)));
  return [
    banner(model.sources),
    types.declarations(),
    `/** The wire types of each operation. */\nexport interface Operations {\n${operations.join('\n')}\n}\n`,
  ].join('\n');
}
