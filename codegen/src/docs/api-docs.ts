import { isObject, type JsonObject } from '../json.ts';
import { type ChannelView, readChannels } from './channels.ts';
import { type BundledDocument, createBundledDocument, itemsOf, textOf } from './document.ts';
import { createExampleValues } from './example-values.ts';
import { LANGUAGES, type Language, localize } from './localize.ts';
import { type OperationView, readOperations } from './operations.ts';
import { presentAsyncApi } from './present-asyncapi.ts';
import { presentOpenApi } from './present-openapi.ts';
import type { ClientSource } from './samples/client.ts';
import { SITE_TEXT, type SiteText } from './site-text.ts';

/** The bundled documents of one API. */
export interface ApiDocuments {
  /** In kebab-case; a folder of the site. */
  readonly name: string;
  readonly openapi?: BundledDocument;
  readonly asyncapi?: BundledDocument;
}

/** One document in one language, and what the renderer is given of it. */
interface Page {
  readonly document: BundledDocument;
  readonly shown: JsonObject;
}

/** One API as readers of one language see it. */
export interface ApiView {
  readonly title: string;
  readonly version: string;
  readonly about: string;
  readonly http?: Page & { readonly operations: readonly OperationView[] };
  readonly events?: Page & { readonly channels: readonly ChannelView[] };
}

export interface ApiDocs {
  readonly name: string;
  readonly documents: ApiDocuments;
  readonly views: Readonly<Record<Language, ApiView>>;
}

/** Options that hold for all APIs of a site. */
export interface ViewOptions {
  readonly clientModule?: string;
  /** To be tried first, before those that the document names. */
  readonly server?: string;
}

const translate = (document: BundledDocument, language: Language): BundledDocument => {
  const root = localize(document.root, language);
  return createBundledDocument(isObject(root) ? root : {});
};

function withServer(root: JsonObject, url: string | undefined, text: SiteText): JsonObject {
  if (url === undefined) return root;
  const server = { url, ...(url === '/' && { description: text.thisServer }) };
  return { ...root, servers: [server, ...itemsOf(root.servers)] };
}

interface ViewContext {
  readonly client: ClientSource;
  readonly text: SiteText;
  readonly server: string | undefined;
}

function viewEvents(
  document: BundledDocument,
  { client, text }: ViewContext,
): NonNullable<ApiView['events']> {
  const channels = readChannels(document, createExampleValues(document));
  return { document, channels, shown: presentAsyncApi({ document, channels, client, text }) };
}

function viewHttp(
  document: BundledDocument,
  events: ApiView['events'],
  { client, text, server }: ViewContext,
): NonNullable<ApiView['http']> {
  const operations = readOperations(document);
  const actions = (events?.channels ?? []).flatMap((channel) => channel.actions);
  const shown = presentOpenApi({
    document,
    values: createExampleValues(document),
    client,
    text,
    operations,
    messages: actions.flatMap(({ messages }) => messages),
    ...(events && { messagesHref: 'events/index.html' }),
  });
  return { document, operations, shown: withServer(shown, server, text) };
}

function viewApi({ name, ...documents }: ApiDocuments, language: Language, options: ViewOptions): ApiView {
  const { clientModule, server } = options;
  const client: ClientSource = { name, ...(clientModule !== undefined && { module: clientModule }) };
  const context: ViewContext = { client, text: SITE_TEXT[language], server };
  const openapi = documents.openapi && translate(documents.openapi, language);
  const asyncapi = documents.asyncapi && translate(documents.asyncapi, language);
  const events = asyncapi && viewEvents(asyncapi, context);
  const http = openapi && viewHttp(openapi, events, context);
  const { document } = http ?? events ?? {};
  const info = document?.follow(document.root.info) ?? {};
  return {
    title: textOf(info.title) ?? name,
    version: textOf(info.version) ?? '',
    about: textOf(info.summary) ?? firstSentence(textOf(info.description) ?? ''),
    ...(http && { http }),
    ...(events && { events }),
  };
}

const firstSentence = (text: string): string => /^.*?[.!?。](?=\s|$)/s.exec(text)?.[0] ?? text;

/** Works out what the site shows of an API, in every language. */
export function createApiDocs(documents: ApiDocuments, options: ViewOptions): ApiDocs {
  const [en, zh] = LANGUAGES.map((language) => viewApi(documents, language, options));
  if (!en || !zh) throw new Error('a language has no view');
  return { name: documents.name, documents, views: { en, zh } };
}
