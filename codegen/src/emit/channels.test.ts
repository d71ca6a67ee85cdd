import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../../test/chat.ts';
import { faultsOfUsage, RUNTIME } from '../../test/compile.ts';
import { modelOf } from '../../test/support.ts';
import type { ApiModel, ChannelModel } from '../model/api.ts';
import { emitApi } from './api.ts';

const message = (type: string, schema: string) => ({ type, schema });

/** A socket made of the schemas of the chat. */
const channel: ChannelModel = {
  name: 'talk',
  address: '/talk/{id}',
  summary: 'Talk to a chat',
  parameters: [{ name: 'id', in: 'path', required: true, style: 'simple', explode: false, type: 'string' }],
  groups: [],
  security: [{ bearerKey: [] }],
  discriminator: 'event',
  server: [
    { ...message('word', 'WordEvent'), correlationId: '/word' },
    message('end', 'EndEvent'),
    message('ready', 'Chat'),
  ],
  client: [
    { type: 'ask', schema: 'AskBody', correlationId: '/text', replies: ['word', 'end'] },
    message('hello', 'Answer'),
  ],
  session: { auth: 'hello', ready: 'ready' },
  closeCodes: [{ code: 4401, reason: 'Who are you?', retry: false }],
};

const chat = await modelOf(CHAT_DOCUMENTS);
const path = chat.operations.flatMap(({ groups }) => groups).find(({ name }) => name === 'path');
const model: ApiModel = { ...chat, channels: [{ ...channel, groups: path ? [path] : [] }] };
const files = await emitApi(model, RUNTIME);

test.each<[what: string, file: string, text: string]>([
  [
    'the wire types of a socket',
    'types.ts',
    `export interface Channels {
  /** Talk to a chat */
  talk: {
    input: {
      path: {
        id: string;
      };
    };
    server: {
      word: WordEvent;
      end: EndEvent;
    };
    client: {
      ask: AskBody;
    };
    requests: {
      ask: {
        message: WithOptional<AskBody, 'text'>;
        reply: WordEvent | EndEvent;
        answer: WithOptional<WordEvent | EndEvent, 'word'>;
      };
    };
    session: {
      auth: Answer;
      ready: Chat;
    };
  };
}`,
  ],
  [
    'the messages of each side, without those of the session',
    'types.ts',
    'export type TalkServerMessage = WordEvent | EndEvent;',
  ],
  [
    'a method that opens it',
    'client.ts',
    `  /** Talk to a chat. */
  talk(
    input: Channels['talk']['input'],
    options?: SocketOptions,
  ): Socket<TalkClientMessage, TalkServerMessage, Channels['talk']['requests'], 'event'>;`,
  ],
  [
    'its row in the contract',
    'contract.js',
    `      discriminator: 'event',
      server: [{ type: 'word', correlationId: '/word' }, { type: 'end' }, { type: 'ready' }],
      client: [{ type: 'ask', correlationId: '/text', replies: ['word', 'end'] }, { type: 'hello' }],
      session: { auth: 'hello', ready: 'ready' },
      closeCodes: [{ code: 4401, reason: 'Who are you?', retry: false }],`,
  ],
  [
    'what a client checks',
    'contract.js',
    'serverMessages: { talk: { word: validate.wordEvent, end: validate.endEvent, ready: validate.chat } },',
  ],
  [
    'what a server checks',
    'server.ts',
    `  channelInputs: { talk: { path: validate.deleteChatPath } },
  clientMessages: { talk: { ask: validate.askBody, hello: validate.answer } },`,
  ],
])('%s', (_what, file, text) => {
  expect(files.get(file)).toContain(text);
});

test('a socket compiles, with messages and answers of its requests', async () => {
  const usage = `
import type { ChannelsOf } from './runtime.ts';
import { type ChatApiClient, type EndEvent, type WordEvent, chatApi } from './index.ts';
import { chatApiServer } from './server.ts';

declare const client: ChatApiClient;

export async function use(): Promise<WordEvent | EndEvent> {
  const socket = client.talk({ path: { id: 'a' } });
  await socket.send({ text: 'hi' });
  for await (const event of socket) if (event.event === 'word') return event;
  return socket.request<'ask'>({ sent_at: 'now', event: 'ask' });
}
holds<Equal<ChannelsOf<typeof chatApi>['talk']['server'], { word: WordEvent; end: EndEvent }>>(true);
export const checks = chatApiServer.clientMessages.talk;
`;
  expect(await faultsOfUsage(files, usage)).toEqual([]);
});
