import { actionAnchor, channelAnchor, messageAnchor, operationAnchor } from './anchors.ts';
import type { ApiDocs } from './api-docs.ts';
import type { ActionView, ChannelView, MessageView } from './channels.ts';
import { type BundledDocument, entriesOf, textOf } from './document.ts';
import type { Language } from './localize.ts';
import type { OperationView } from './operations.ts';

/** One thing that can be found. assets/shell.js reads it. */
export interface SearchEntry {
  /** Name of the API. */
  readonly api: string;
  /** A method, `send`, `receive`, `message` or `channel`. */
  readonly kind: string;
  readonly title: Readonly<Record<Language, string>>;
  /** The path, the address or the name on the wire. */
  readonly place: string;
  /** From the root of a language, with the fragment. */
  readonly href: string;
  /** Further words by which it is found. */
  readonly words: string;
}

/** The different words of texts, in lower case. */
const words = (...parts: readonly string[]): string =>
  [
    ...new Set(
      parts
        .join(' ')
        .toLowerCase()
        .match(/[\p{L}\p{N}_]+(?:[.-][\p{L}\p{N}_]+)*/gu) ?? [],
    ),
  ].join(' ');

const propertiesOf = (schema: unknown, { follow }: BundledDocument): string[] =>
  entriesOf(follow(follow(schema).properties)).map(([name]) => name);

function operationEntry({ name, views }: ApiDocs, operation: OperationView, translated: string): SearchEntry {
  const document = views.en.http?.document;
  const parameters = operation.parameters.flatMap((parameter) => textOf(parameter.name) ?? []);
  const body = operation.body && document ? propertiesOf(operation.body.content.schema, document) : [];
  const { id, description, path, method, summary, tags } = operation;
  return {
    api: name,
    kind: method,
    title: { en: summary, zh: translated },
    place: path,
    href: `${name}/index.html#${operationAnchor(operation)}`,
    words: words(id, description, ...tags, ...parameters, ...body),
  };
}

/** The headings of another language by what they head. */
function headings(channels: readonly ChannelView[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const channel of channels) {
    found.set(channelAnchor(channel), channel.title);
    for (const action of channel.actions) {
      found.set(actionAnchor(channel, action), action.title);
      for (const message of action.messages)
        found.set(messageAnchor(channel, action, message), message.title);
    }
  }
  return found;
}

function channelEntries({ name, views }: ApiDocs, document: BundledDocument): SearchEntry[] {
  const translated = headings(views.zh.events?.channels ?? []);
  const entry = (anchor: string, kind: string, title: string, place: string, more: string): SearchEntry => ({
    api: name,
    kind,
    title: { en: title, zh: translated.get(anchor) ?? title },
    place,
    href: `${name}/events/index.html#${anchor}`,
    words: more,
  });
  const ofMessage = (channel: ChannelView, action: ActionView, message: MessageView): SearchEntry => {
    const payload = document.follow(message.payload);
    const fields = propertiesOf(message.payload, document);
    const more = words(message.key, message.summary, textOf(payload.description) ?? '', ...fields);
    return entry(messageAnchor(channel, action, message), 'message', message.title, message.name, more);
  };
  return (views.en.events?.channels ?? []).flatMap((channel) => [
    entry(
      channelAnchor(channel),
      'channel',
      channel.title,
      channel.address,
      words(channel.key, channel.description),
    ),
    ...channel.actions.flatMap((action) => [
      entry(
        actionAnchor(channel, action),
        action.action,
        action.title,
        channel.address,
        words(action.key, action.summary),
      ),
      ...action.messages.map((message) => ofMessage(channel, action, message)),
    ]),
  ]);
}

/** Lists the operations, channels and messages of APIs, so that one search goes through all of them. */
export function createSearchIndex(apis: readonly ApiDocs[]): SearchEntry[] {
  return apis.flatMap((api) => {
    const { en, zh } = api.views;
    const operations = en.http?.operations ?? [];
    const translated = new Map(zh.http?.operations.map(({ id, summary }) => [id, summary]));
    return [
      ...operations.map((operation) =>
        operationEntry(api, operation, translated.get(operation.id) ?? operation.summary),
      ),
      ...(en.events ? channelEntries(api, en.events.document) : []),
    ];
  });
}
