import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../../test/chat.ts';
import { filesOf, operationDocument } from '../../test/support.ts';

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
      | Reply204
      | { status: Exclude<Status2XX | Status3XX | Status4XX | Status5XX, 204>; body: Problem };`,
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
      | Reply204;`,
  ],
  ['a reply that several operations have, declared once', 'types.ts', '\ntype Reply204 = { status: 204 };\n'],
  ['operations without input', 'types.ts', '  readNotes: {\n    input: {};'],
  ['hoisted schemas', 'types.ts', 'export type ListChats200 = Chat[];'],
  ['a method that needs no input', 'client.ts', "(input?: InputOf<'"],
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
    'contract.js',
    `  securitySchemes: {
    bearerKey: { type: 'http', scheme: 'bearer' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
  },`,
  ],
  [
    'how parameters are written',
    'contract.js',
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
  ['security of one operation', 'contract.js', '      security: [],'],
  ['security of the document', 'contract.js', '      security: [{ bearerKey: [] }],'],
  [
    'text answers',
    'contract.js',
    "replies: { '200': { content: [{ mediaType: 'text/plain', kind: 'text' }] } },",
  ],
  [
    'bodies',
    'contract.js',
    "body: { required: true, content: [{ mediaType: 'application/json', kind: 'json' }] },",
  ],
  ['an API without sockets', 'contract.js', '  channels: {},'],
  [
    'output validators',
    'contract.js',
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

test('a description in a block of YAML leaves no blank line behind it', async () => {
  const operation = `description: |
  Does it.
parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
responses: { '404': { description: There is none. } }`;
  const generated = await filesOf({ 'openapi.yaml': operationDocument(operation) });
  expect(generated.get('client.ts')).toContain(
    `  /**
   * Does it.
   *
   * @throws 404: There is none.
   */`,
  );
});
