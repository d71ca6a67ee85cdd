import type { JsonObject } from '../json.ts';
import { type BundledDocument, entriesOf, itemsOf, memberOf, nameOfRef, textOf } from './document.ts';
import type { ExampleValues } from './example-values.ts';

/** One kind of message (AsyncAPI 3.1 Message Object). */
export interface MessageView {
  /** Its key in the channel. */
  readonly key: string;
  /** What it is called on the wire. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** Where its payload's schema is, and the name of that. */
  readonly payload: unknown;
  readonly schema?: string;
  readonly example: unknown;
  /** The property of the payload that the answer repeats, where there is one at its top. */
  readonly correlationKey?: string;
}

/** One operation of a channel (AsyncAPI 3.1 Operation Object). */
export interface ActionView {
  readonly key: string;
  /** The document speaks as the application that it describes. */
  readonly action: 'send' | 'receive';
  readonly title: string;
  readonly summary: string;
  readonly messages: readonly MessageView[];
  /** What answers it. */
  readonly replies: readonly MessageView[];
}

/** What the documentation needs of a channel (AsyncAPI 3.1 Channel Object). */
export interface ChannelView {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** With `{name}` for parameters. */
  readonly url: string;
  readonly address: string;
  readonly isSocket: boolean;
  /** Example values of its parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly actions: readonly ActionView[];
  /** The message that a client begins with, where the document says so (`x-socket-session`). */
  readonly authMessage?: MessageView;
  /** Keys of the messages that the connection needs for itself (`x-socket-session`). */
  readonly controlMessages: ReadonlySet<string>;
}

/**
 * What a message or an operation is headed with. Renderers show the title instead of the summary, so the
 * translation of a summary (see localize.ts) takes the place of an untranslated title.
 */
export function headingOf(object: JsonObject): string | undefined {
  const summary = textOf(object.summary);
  const isTranslated = summary !== undefined && summary === object['x-summary-zh'];
  return isTranslated ? summary : (textOf(object.title) ?? summary);
}

const SOCKET_PROTOCOLS = new Set(['ws', 'wss']);

function readMessage(
  key: string,
  place: unknown,
  document: BundledDocument,
  values: ExampleValues,
): MessageView {
  const message = document.follow(place);
  const name = textOf(message.name) ?? key;
  const [first] = itemsOf(message.examples);
  const schema = nameOfRef(message.payload);
  const location = textOf(document.follow(message.correlationId).location) ?? '';
  const [, correlationKey] = /^\$message\.payload#\/([^/]+)$/.exec(location) ?? [];
  return {
    key,
    name,
    title: headingOf(message) ?? name,
    summary: textOf(message.summary) ?? '',
    payload: message.payload,
    ...(schema !== undefined && { schema }),
    example: memberOf(first, 'payload') ?? values.ofSchema(message.payload),
    ...(correlationKey !== undefined && { correlationKey }),
  };
}

/** The server that a channel is on: the first of those that it names, or of the document. */
function serverOf(channel: JsonObject, { root, follow }: BundledDocument): JsonObject {
  const [own] = itemsOf(channel.servers);
  const [first] = entriesOf(root.servers).map(([, server]) => server);
  return follow(own ?? first);
}

function urlOf(channel: JsonObject, key: string, document: BundledDocument): string {
  const server = serverOf(channel, document);
  const base = `${textOf(server.protocol) ?? 'https'}://${textOf(server.host) ?? 'example.com'}`;
  return `${base}${textOf(server.pathname) ?? ''}${textOf(channel.address) ?? `/${key}`}`;
}

function parametersOf(channel: JsonObject, { follow }: BundledDocument): Record<string, string> {
  const values = entriesOf(channel.parameters).map(([name, place]) => {
    const parameter = follow(place);
    const said = [itemsOf(parameter.examples)[0], parameter.default, itemsOf(parameter.enum)[0]];
    return [name, said.map(textOf).find((text) => text !== undefined) ?? name];
  });
  return Object.fromEntries(values);
}

/** The messages that a list of `$ref`s names; all of the channel where there is no list. */
const pick = (all: readonly MessageView[], references: unknown): readonly MessageView[] =>
  references === undefined
    ? all
    : itemsOf(references).flatMap((reference) => all.filter(({ key }) => key === nameOfRef(reference)));

function readActions(
  key: string,
  all: readonly MessageView[],
  { root, follow }: BundledDocument,
): ActionView[] {
  return entriesOf(root.operations).flatMap(([operationKey, place]): ActionView[] => {
    const operation = follow(place);
    if (nameOfRef(operation.channel) !== key) return [];
    const reply = follow(operation.reply);
    return [
      {
        key: operationKey,
        action: operation.action === 'receive' ? 'receive' : 'send',
        title: headingOf(operation) ?? operationKey,
        summary: textOf(operation.summary) ?? '',
        messages: pick(all, operation.messages),
        replies: operation.reply === undefined ? [] : pick(all, reply.messages ?? []),
      },
    ];
  });
}

function readChannel(
  key: string,
  place: unknown,
  document: BundledDocument,
  values: ExampleValues,
): ChannelView {
  const channel = document.follow(place);
  const session = document.follow(channel['x-socket-session']);
  const messages = entriesOf(channel.messages).map(([name, message]) =>
    readMessage(name, message, document, values),
  );
  const authMessage = messages.find(({ key: name }) => name === session.auth);
  const protocol = textOf(serverOf(channel, document).protocol) ?? '';
  const address = textOf(channel.address) ?? `/${key}`;
  return {
    key,
    title: textOf(channel.title) ?? textOf(channel.summary) ?? address,
    description: textOf(channel.description) ?? '',
    tags: itemsOf(channel.tags).flatMap((tag) => textOf(document.follow(tag).name) ?? []),
    url: urlOf(channel, key, document),
    address,
    isSocket: document.follow(channel.bindings).ws !== undefined || SOCKET_PROTOCOLS.has(protocol),
    parameters: parametersOf(channel, document),
    actions: readActions(key, messages, document),
    ...(authMessage && { authMessage }),
    controlMessages: new Set(entriesOf(session).flatMap(([, message]) => textOf(message) ?? [])),
  };
}

/** Lists the channels of an AsyncAPI document in its order. */
export const readChannels = (document: BundledDocument, values: ExampleValues): ChannelView[] =>
  entriesOf(document.root.channels).map(([key, place]) => readChannel(key, place, document, values));
