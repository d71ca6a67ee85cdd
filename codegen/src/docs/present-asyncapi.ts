import { isObject, type JsonObject } from '../json.ts';
import { type ActionView, type ChannelView, headingOf } from './channels.ts';
import { type BundledDocument, entriesOf, textOf } from './document.ts';
import type { ClientSource } from './samples/client.ts';
import { clientMessageSample, clientSocketSample, javascriptSocketSample } from './samples/socket.ts';
import type { SiteText } from './site-text.ts';

/** What the reader's view of an AsyncAPI document is made with. */
export interface AsyncApiView {
  readonly document: BundledDocument;
  readonly channels: readonly ChannelView[];
  readonly client: ClientSource;
  readonly text: SiteText;
}

const paragraphs = (...parts: (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('\n\n');

const fenced = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\``;

const without = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, member]) => member !== undefined));

/** A message headed by its name on the wire, which renderers leave out and by which readers look for it. */
function presentMessage(key: string, place: unknown): unknown {
  if (!isObject(place) || place.$ref !== undefined) return place;
  const heading = headingOf(place);
  const name = textOf(place.name) ?? key;
  const title = heading === undefined || heading === name ? name : `${name} · ${heading}`;
  return without({ ...place, title, summary: place.summary === heading ? undefined : place.summary });
}

const presentMessages = (messages: unknown): JsonObject =>
  Object.fromEntries(entriesOf(messages).map(([key, message]) => [key, presentMessage(key, message)]));

function presentChannel(channel: ChannelView, { document, client, text }: AsyncApiView): JsonObject {
  const shown = document.follow(document.follow(document.root.channels)[channel.key]);
  const samples = channel.isSocket
    ? [
        `**${text.withClient}**`,
        fenced('typescript', clientSocketSample(client, channel)),
        `**${text.withPlatform}**`,
        fenced('javascript', javascriptSocketSample(channel)),
      ]
    : [];
  return {
    ...shown,
    description: paragraphs(`\`${channel.url}\``, channel.description, ...samples),
    messages: presentMessages(shown.messages),
  };
}

function actionSample(action: ActionView, channel: ChannelView): string {
  const [message] = action.messages.filter(({ key }) => !channel.controlMessages.has(key));
  if (!channel.isSocket || action.action === 'send' || !message) return '';
  return fenced('typescript', clientMessageSample(action, message));
}

function presentAction(action: ActionView, channel: ChannelView, view: AsyncApiView): JsonObject {
  const { document, text } = view;
  const operation = document.follow(document.follow(document.root.operations)[action.key]);
  const title = headingOf(operation);
  const answers = action.replies.map(({ name }) => `\`${name}\``).join(' ');
  return without({
    ...operation,
    title,
    summary: operation.summary === title ? undefined : operation.summary,
    description: paragraphs(
      textOf(operation.description),
      answers === '' ? '' : `${text.answeredBy}: ${answers}`,
      actionSample(action, channel),
    ),
  });
}

/**
 * An AsyncAPI document as the renderer is given it: with addresses, names on the wire, replies and samples,
 * which it does not show by itself.
 */
export function presentAsyncApi(view: AsyncApiView): JsonObject {
  const { document, channels, text } = view;
  const { root, follow } = document;
  const info = follow(root.info);
  const components = follow(root.components);
  const actions = channels.flatMap((channel) =>
    channel.actions.map((action) => [action.key, presentAction(action, channel, view)]),
  );
  return {
    ...root,
    info: { ...info, description: paragraphs(textOf(info.description), `*${text.sendAndReceive}*`) },
    channels: Object.fromEntries(channels.map((channel) => [channel.key, presentChannel(channel, view)])),
    operations: { ...follow(root.operations), ...Object.fromEntries(actions) },
    components: { ...components, messages: presentMessages(components.messages) },
  };
}
