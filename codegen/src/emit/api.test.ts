import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../../test/chat.ts';
import { filesOf } from '../../test/support.ts';

const files = await filesOf(CHAT_DOCUMENTS);

test.each<[what: string, file: string, text: string]>([
  [
    'optional query parameters',
    'types.ts',
    `  listChats: {
    input: {
      query?: {
        /** @default 20 */
        limit?: number;
        tags?: string[];
      };
    };
    reply:
      | { status: 200; body: ListChats200 }
      | { status: 401; body: Problem };
  };`,
  ],
  [
    'replies without a body and other replies',
    'types.ts',
    `    reply:
      | { status: 204 }
      | { status: number; body: Problem };`,
  ],
  [
    'a reply that is JSON or a stream',
    'types.ts',
    `      headers?: {
        'Idempotency-Key'?: string;
        'Last-Event-ID'?: string;
      };
      body: AskBody;
    };
    reply:
      | { status: 200; body: Answer }
      | { status: 200; stream: ChatEvent; terminal: EndEvent }
      | { status: 204 };`,
  ],
  ['operations without input', 'types.ts', '  readNotes: {\n    input: {};'],
  ['hoisted schemas', 'types.ts', 'export type ListChats200 = Chat[];'],
  ['a method that needs no input', 'client.ts', '(input?: Operations['],
  ['text replies', 'client.ts', 'Promise<string>;'],
  ['no content', 'client.ts', 'Promise<void>;'],
  [
    'deprecation and failures in comments',
    'client.ts',
    `  /**
   * Delete a chat.
   *
   * @throws otherwise: Who are you?
   * @deprecated
   */`,
  ],
  [
    'the two forms of a switched operation',
    'client.ts',
    `  ask: {
    (input: AskInput, options?: CallOptions): Promise<Answer>;
    /** The same, answered by a stream of events. */
    stream(input: AskInput, options?: StreamOptions): EventStream<ChatEvent, EndEvent>;
  };`,
  ],
  ["the switch's field is no input", 'client.ts', "  body: Omit<AskBody, 'mode'>;"],
  [
    'security schemes',
    'contract.ts',
    `  securitySchemes: {
    bearerKey: { type: 'http', scheme: 'bearer' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
  },`,
  ],
  [
    'how parameters are written',
    'contract.ts',
    `        {
          name: 'tags',
          in: 'query',
          required: false,
          style: 'form',
          explode: false,
          type: 'array',
          items: 'string',
        },`,
  ],
  ['security of one operation', 'contract.ts', '      security: [],'],
  ['security of the document', 'contract.ts', '      security: [{ bearerKey: [] }],'],
  ['text answers', 'contract.ts', "replies: { '200': { text: 'text/plain' } },"],
  [
    'output validators',
    'contract.ts',
    "    ask: { replies: { '200': validate.answer }, item: validate.chatEvent },",
  ],
  [
    'input validators',
    'server.ts',
    '    ask: { path: validate.askPath, headers: validate.askHeaders, body: validate.askBody },',
  ],
  [
    'the index',
    'index.ts',
    `export type * from './client.js';
export { chatApi } from './contract.js';
export type * from './types.js';
`,
  ],
])('%s', (_what, file, text) => {
  expect(files.get(file)).toContain(text);
});

test('headers that other parts of a document describe are no parameters', () => {
  for (const [, content] of files) expect(content).not.toContain("'Accept'");
});

test('the same documents yield the same bytes, wherever they lie', async () => {
  expect(await filesOf(CHAT_DOCUMENTS)).toEqual(files);
});
