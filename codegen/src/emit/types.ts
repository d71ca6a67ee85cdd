import type { ApiModel, OperationModel, ReplyModel } from '../model/api.ts';
import { bodyType, contentTypeMember } from './bodies.ts';
import { emitChannels } from './channels.ts';
import { importTypes, referredNames } from './imports.ts';
import { emitInput } from './inputs.ts';
import { createSchemaTypes } from './schema-types.ts';
import { createSharedPaths, type SharedPaths } from './shared-paths.ts';
import { createSharedReplies, type SharedReplies } from './shared-replies.ts';
import { createStatusTypes, type StatusTypes } from './statuses.ts';
import { banner, docComment, indent, propertyKey, quote } from './text.ts';

/** The type of the items that end a stream; every item's when none is marked. */
export function terminalType({ item, terminal, format }: NonNullable<ReplyModel['stream']>): string {
  if (terminal.length === 0) return item;
  const types = terminal.map(
    ({ value, schema }) =>
      schema ?? `Extract<${item}, { ${propertyKey(format.discriminator ?? '')}: ${quote(value)} }>`,
  );
  return [...new Set(types)].join(' | ');
}

function emitReply({ content, stream }: ReplyModel, statusType: string): string[] {
  const status = `status: ${statusType}`;
  const members = content.map(
    (media, index) => `{ ${status}; ${contentTypeMember(content, index)}body: ${bodyType(media)} }`,
  );
  if (stream) members.push(`{ ${status}; stream: ${stream.item}; terminal: ${terminalType(stream)} }`);
  return members.length > 0 ? members : [`{ ${status} }`];
}

interface Emitting {
  readonly paths: SharedPaths;
  readonly statuses: StatusTypes;
  readonly shared: SharedReplies;
}

/** Emits one member of `Operations` (OpenAPI 3.2 section 4.10). */
function emitOperation(operation: OperationModel, { paths, statuses, shared }: Emitting): string {
  const listed = operation.replies.map(({ status }) => status);
  const replies = operation.replies
    .flatMap((reply) => shared.nameOf(reply) ?? emitReply(reply, statuses.typeOf(reply.status, listed)))
    .map((member) => `\n    | ${member}`);
  // Answers need not be documented; then any status may come, and nothing is known of a body.
  const reply = replies.length > 0 ? replies.join('') : ' { status: number }';
  const input = indent(emitInput(operation, paths.typeOf)).trim();
  const space = input.startsWith('|') ? '\n    ' : ' ';
  const comment = docComment(operation.summary ?? '');
  return `${comment}${propertyKey(operation.operationId)}: {\n  input:${space}${input};\n  reply:${reply};\n};`;
}

/** Emits types.ts: the types of all schemas, then the wire types of each operation and channel. */
export function emitTypes(model: ApiModel, runtime: string): string {
  const types = createSchemaTypes(model.schemas);
  const names = new Set(model.schemas.map(({ name }) => name));
  const statuses = createStatusTypes(names);
  const shared = createSharedReplies(model.operations, names);
  const paths = createSharedPaths(model.operations, types, names);
  const emitting = { paths, statuses, shared };
  const operations = model.operations.map((operation) => indent(emitOperation(operation, emitting)));
  const channels = emitChannels(model, types);
  const parts = [
    banner(model.sources) + importTypes(referredNames([channels], ['WithOptional']), runtime),
    types.declarations(),
    paths.declarations(),
    shared.declarations(),
    `/** The wire types of each operation. */\nexport interface Operations {\n${operations.join('\n')}\n}\n`,
    channels,
    statuses.declarations(),
  ];
  return parts.filter((part) => part !== '').join('\n');
}
