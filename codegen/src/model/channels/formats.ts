import type { SocketSession } from '@flowwire/contract';
import { placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { MessageModel } from '../api.ts';
import { pascalCase } from '../names.ts';
import type { Direction, SchemaTable } from '../schemas.ts';
import { isNumeric, type SocketMessage, schemaAt } from './messages.ts';
import type { Dialogue } from './operations.ts';
import type { TypedDialogue, TypedMessage } from './types.ts';

export interface FormatContext {
  readonly documents: Documents;
  readonly table: SchemaTable;
  readonly dialogue: Dialogue;
  readonly typed: TypedDialogue;
  readonly session: SocketSession | undefined;
}

type Row = MessageModel & { readonly source: TypedMessage };

const isControl = (type: string, session: SocketSession | undefined): boolean =>
  session !== undefined && Object.values(session).includes(type);

/** The name of a payload's type, where the document gives it none. */
const nameOf = ({ types, message }: TypedMessage): string =>
  pascalCase(`${types.length === 1 ? types[0] : message.name}-message`);

function schemaOf(typed: TypedMessage, direction: Direction, table: SchemaTable): string {
  const { payload, message } = typed;
  if (payload === undefined) return table.add(nameOf(typed), message.place, () => true).name;
  return table.named(payload, nameOf(typed), direction);
}

/** The pointer to the correlation id of a server's message: its own, else where the requests have theirs. */
function answerPointer(
  typed: TypedMessage,
  { typed: { client }, dialogue, documents }: FormatContext,
): string | undefined {
  const { message, payload } = typed;
  if (message.correlationId !== undefined || payload === undefined) return message.correlationId;
  const place = placeOf(message.place);
  return client
    .filter((request) => dialogue.replies.get(placeOf(request.message.place))?.has(place))
    .flatMap((request) => request.message.correlationId ?? [])
    .find((pointer) => schemaAt(payload, pointer, documents));
}

/** The rows of one message; several where its discriminator has several values. */
function rowsOf(
  typed: TypedMessage,
  direction: Direction,
  pointer: string | undefined,
  { table, documents }: FormatContext,
): Row[] {
  const correlation = pointer !== undefined && {
    correlationId: pointer,
    ...(isNumeric(typed.payload, pointer, documents) && { numericId: true as const }),
  };
  const base = { schema: schemaOf(typed, direction, table), source: typed, ...correlation };
  if (typed.types.length > 0) return typed.types.map((type) => ({ type, ...base }));
  return [{ type: typed.message.name, untagged: true, ...base }];
}

/** Messages of one type are one row, whose schema is any of theirs; untagged ones get names of their own. */
function joinRows(rows: readonly Row[], table: SchemaTable): Row[] {
  const joined = new Map<string, Row>();
  for (const row of rows) {
    let type = row.type;
    for (let number = 2; row.untagged && joined.has(type); number += 1) type = `${row.type}${number}`;
    const known = joined.get(type);
    if (known && known.schema !== row.schema) {
      const schemas = [known.schema, row.schema];
      const { place } = row.source.message;
      const union = table.add(pascalCase(`${type}-message`), place, () => ({
        anyOf: schemas.map((name) => ({ $ref: `#/components/schemas/${name}` })),
      }));
      joined.set(type, { ...known, ...row, schema: union.name });
    } else joined.set(type, { ...known, ...row, type });
  }
  return [...joined.values()];
}

const warnOfRequest = ({ place }: SocketMessage, reason: string, documents: Documents): undefined => {
  documents.warn(place, `The message is answered, but request() cannot wait for it: ${reason}`);
  return undefined;
};

/** The types of what may answer a client's message; undefined, and a warning, where an answer cannot be known. */
function repliesOf(row: Row, server: readonly Row[], context: FormatContext): string[] | undefined {
  const { dialogue, documents, session } = context;
  const { message } = row.source;
  const places = dialogue.replies.get(placeOf(message.place));
  if (places === undefined || isControl(row.type, session)) return undefined;
  if (row.untagged) return warnOfRequest(message, 'no property with const tells it from others.', documents);
  if (row.correlationId === undefined)
    return warnOfRequest(message, 'it has no correlationId such as $message.payload#/id.', documents);
  const answers = server.filter(({ source }) => places.has(placeOf(source.message.place)));
  for (const { type, correlationId, source } of answers) {
    if (correlationId !== undefined || isControl(type, session)) continue;
    const advice = 'Give it a correlationId.';
    documents.warn(source.message.place, `It cannot be known which message ${type} answers. ${advice}`);
  }
  const known = answers.filter(({ correlationId }) => correlationId !== undefined);
  return known.length > 0 ? known.map(({ type }) => type) : undefined;
}

const toModel = ({ source: _source, ...model }: Row, replies?: string[]): MessageModel => ({
  ...model,
  ...(replies && { replies }),
});

/** What both sides of a socket say, with the names of their schemas. */
export function formatMessages(context: FormatContext): { server: MessageModel[]; client: MessageModel[] } {
  const { typed, table } = context;
  const server = joinRows(
    typed.server.flatMap((entry) => rowsOf(entry, 'output', answerPointer(entry, context), context)),
    table,
  );
  const client = joinRows(
    typed.client.flatMap((entry) => rowsOf(entry, 'input', entry.message.correlationId, context)),
    table,
  );
  return {
    server: server.map((row) => toModel(row)),
    client: client.map((row) => toModel(row, repliesOf(row, server, context))),
  };
}
