import { isObject } from '../../json.ts';
import { type Cursor, child, entries, items, placeOf, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { Example } from './example.ts';

/** One message of an AsyncAPI document. */
export interface MessageExamples {
  readonly name: string;
  /** Where its payload's schema stands, and the branches of that where it is a union. */
  readonly payloads: ReadonlySet<string>;
  /** The addresses of the channels that carry it. */
  readonly addresses: ReadonlySet<string>;
  readonly examples: readonly Example[];
}

/** Unions nest, but not without end. */
const MAX_DEPTH = 8;

/** The places of a schema: of what it refers to, step by step, and of the members of a union. */
function placesOf(schema: Cursor, documents: Documents, depth = 0): string[] {
  const target = documents.step(schema);
  const own = placeOf(schema);
  if (depth > MAX_DEPTH) return [own];
  if (target !== schema) return [own, ...placesOf(target, documents, depth + 1)];
  const branches = [...items(child(schema, 'oneOf')), ...items(child(schema, 'anyOf'))];
  return [own, ...branches.flatMap((branch) => placesOf(branch, documents, depth + 1))];
}

/** A message's examples: its own, then those of its traits (AsyncAPI 3.1 Message Object). */
function readExamples(message: Cursor, documents: Documents): Example[] {
  const traits = items(child(message, 'traits')).map((trait) => documents.follow(trait));
  return [message, ...traits].flatMap((holder) =>
    items(child(holder, 'examples')).flatMap((example): Example[] => {
      const place = child(example, 'payload');
      if (place.value === undefined) return [];
      const name = text(child(example, 'name')) ?? '';
      return [{ name, content: { kind: 'data', value: place.value }, place }];
    }),
  );
}

const payloadOf = (message: Cursor): Cursor => {
  const payload = child(message, 'payload');
  // A Multi Format Schema Object has the schema one level down.
  return isObject(payload.value) && 'schemaFormat' in payload.value ? child(payload, 'schema') : payload;
};

/** Reads the messages of all channels, each once, in the document's order. */
export function readMessageExamples(root: Cursor, documents: Documents): MessageExamples[] {
  const found = new Map<string, MessageExamples & { readonly addresses: Set<string> }>();
  for (const [key, channelEntry] of entries(child(root, 'channels'))) {
    const channel = documents.follow(channelEntry);
    const address = text(child(channel, 'address')) ?? key;
    for (const [messageKey, messageEntry] of entries(child(channel, 'messages'))) {
      const message = documents.follow(messageEntry);
      const known = found.get(placeOf(message)) ?? {
        name: text(child(message, 'name')) ?? messageKey,
        payloads: new Set(placesOf(payloadOf(message), documents)),
        addresses: new Set<string>(),
        examples: readExamples(message, documents),
      };
      known.addresses.add(address);
      found.set(placeOf(message), known);
    }
  }
  return [...found.values()];
}
