import { type Cursor, child, entries, items } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { factsOf } from '../schemas/facts.ts';
import { messagesOf } from '../streams.ts';
import { propertiesOf } from '../wire-types.ts';
import type { SocketMessage } from './messages.ts';

/** A message, or one schema of a message that is a union, with what tells it from others. */
export interface TypedMessage {
  readonly message: SocketMessage;
  /** The values of the discriminator; none where the schema alone tells. */
  readonly types: readonly string[];
  readonly payload: Cursor | undefined;
}

/** Names that APIs mostly give the property that tells messages apart, the likeliest first. */
const USUAL_NAMES = ['type', 'event', 'kind', 'op', 'action', 'method', 'command', 'cmd'];

/** Keywords that say more of a union's members than that they are. */
const NARROWING = new Set(['properties', 'required', 'allOf', 'additionalProperties', 'patternProperties']);

const valuesOf = (payload: Cursor, name: string, documents: Documents): readonly string[] =>
  factsOf(payload, name, documents).values ?? [];

/** Properties that a payload gives one fixed text. */
function candidatesIn(payload: Cursor, documents: Documents): string[] {
  return messagesOf(payload, documents).flatMap((schema) =>
    [...propertiesOf(schema, documents).keys()].filter(
      (name) => valuesOf(schema, name, documents).length === 1,
    ),
  );
}

/** The property that tells the most messages apart, on both sides; undefined where none does. */
function chooseDiscriminator(
  sides: readonly (readonly SocketMessage[])[],
  documents: Documents,
): string | undefined {
  const payloads = sides.map((messages) => messages.flatMap(({ payload }) => payload ?? []));
  const candidates = new Set(payloads.flat().flatMap((payload) => candidatesIn(payload, documents)));
  const told = (name: string): number =>
    payloads
      .map((side) => new Set(side.flatMap((payload) => valuesOf(payload, name, documents))).size)
      .reduce((sum, count) => sum + count, 0);
  const rank = (name: string): number => {
    const index = USUAL_NAMES.indexOf(name);
    return index === -1 ? USUAL_NAMES.length : index;
  };
  const [best] = [...candidates].sort((a, b) => told(b) - told(a) || rank(a) - rank(b));
  return best;
}

/** The schemas of a payload that is a union and nothing besides, where each has values of its own. */
function branchesOf(payload: Cursor, discriminator: string, documents: Documents): Cursor[] {
  const target = documents.follow(payload);
  const isPure = entries(target).every(([keyword]) => !NARROWING.has(keyword));
  const lists = ['oneOf', 'anyOf'].filter((keyword) => items(child(target, keyword)).length > 0);
  if (!isPure || lists.length !== 1) return [payload];
  const branches = items(child(target, lists[0] ?? '')).flatMap((branch) =>
    branchesOf(branch, discriminator, documents),
  );
  const values = branches.map((branch) => valuesOf(branch, discriminator, documents));
  const all = values.flat();
  const isClear = values.every((own) => own.length > 0) && new Set(all).size === all.length;
  return isClear ? branches : [payload];
}

function typeMessage(
  message: SocketMessage,
  discriminator: string | undefined,
  documents: Documents,
): TypedMessage[] {
  const { payload } = message;
  if (payload === undefined || discriminator === undefined) return [{ message, types: [], payload }];
  return branchesOf(payload, discriminator, documents).map((branch) => ({
    message,
    types: valuesOf(branch, discriminator, documents),
    payload: branch,
  }));
}

export interface TypedDialogue {
  readonly discriminator?: string;
  readonly server: readonly TypedMessage[];
  readonly client: readonly TypedMessage[];
}

/** Finds out how the messages of a socket are told apart. */
export function typeMessages(
  server: readonly SocketMessage[],
  client: readonly SocketMessage[],
  documents: Documents,
): TypedDialogue {
  const discriminator = chooseDiscriminator([server, client], documents);
  const type = (messages: readonly SocketMessage[]): TypedMessage[] =>
    messages.flatMap((message) => typeMessage(message, discriminator, documents));
  return {
    ...(discriminator !== undefined && { discriminator }),
    server: type(server),
    client: type(client),
  };
}
