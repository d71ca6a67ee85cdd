import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS, SPECIFICATION_DOCUMENTS } from './chat.ts';
import { faultsOfUsage, RUNTIME } from './compile.ts';
import { filesOf } from './support.ts';

const settings = { runtime: RUNTIME, name: 'chat' };

test('a generated API compiles, and its types say what the document says', async () => {
  const usage = `
import type { ClientOf, OperationsOf } from './runtime.ts';
import { chat, type ChatClient, type ChatEvent, type Answer, type EndEvent } from './index.ts';
import { chatServer } from './server.ts';

declare const client: ChatClient;

holds<Equal<ClientOf<typeof chat>, ChatClient>>(true);
holds<Equal<OperationsOf<typeof chatServer>['ask']['reply']['status'], 200 | 204>>(true);

export async function use(): Promise<Answer> {
  for await (const event of client.ask.stream({ path: { id: 'a' }, body: { text: 'hi' } })) narrow(event);
  const end: EndEvent = await client.ask.stream({ path: { id: 'a' }, body: { text: 'hi' } }).result();
  const nothing: void = await client.deleteChat({ path: { id: 'a' } });
  const notes: string = await client.readNotes();
  // @ts-expect-error the method decides the mode
  await client.ask({ path: { id: 'a' }, body: { text: 'hi', mode: 'live' } });
  // @ts-expect-error the id is required
  await client.deleteChat();
  // @ts-expect-error the limit is a number
  await client.listChats({ query: { limit: '3' } });
  return end.answer ?? { text: notes + String(nothing) };
}

function narrow(event: ChatEvent): string {
  if (event.event === 'word') return event.word;
  holds<Equal<typeof event, EndEvent>>(true);
  // @ts-expect-error an end has no word
  return event.word;
}

const accepts = chat.outputs.ask.replies['200'];
export const checked = (value: unknown): boolean => accepts?.(value) ?? false;
`;
  expect(await faultsOfUsage(await filesOf(CHAT_DOCUMENTS, settings), usage)).toEqual([]);
});

test("the stream of the specification's example narrows by event", async () => {
  const usage = `
import type { ChatClient, FollowEventsEvent } from './index.ts';

declare const client: ChatClient;
const sum = (event: FollowEventsEvent): string | number => (event.event === 'addJson' ? event.data.foo : event.data);
export async function use(): Promise<number> {
  const stream = client.followEvents();
  for await (const event of stream) sum(event);
  const { data } = await stream.result();
  return data.foo;
}
`;
  expect(await faultsOfUsage(await filesOf(SPECIFICATION_DOCUMENTS, settings), usage)).toEqual([]);
});
