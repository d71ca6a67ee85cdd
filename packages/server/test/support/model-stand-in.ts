import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { urlOfServer } from './server-url.ts';

/** How the stand-in answers one request. */
export type ModelScript = (request: ChatRequest, response: ServerResponse) => void;

export interface ChatRequest {
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A server that speaks the streaming chat completions protocol as scripted, one script a request. */
export async function startModelStandIn(scripts: readonly ModelScript[]) {
  const requests: ChatRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = { authorization: incoming.headers.authorization, body: await readJson(incoming) };
    const script = scripts[Math.min(requests.length, scripts.length - 1)];
    requests.push(request);
    script?.(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `${urlOfServer(server)}/v1`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const chunk = (choice: object, usage?: object) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'stand-in',
    choices: [{ index: 0, ...choice }],
    ...(usage ? { usage } : {}),
  })}\n\n`;

const begin = (response: ServerResponse) => response.writeHead(200, { 'Content-Type': 'text/event-stream' });

const writeWords = (response: ServerResponse, text: string) => {
  for (const word of text.split(/(?<= )/)) response.write(chunk({ delta: { content: word } }));
};

/** Streams the text word by word, then the finish reason and the usage. */
export const answer =
  (text: string): ModelScript =>
  (_request, response) => {
    begin(response);
    response.write(chunk({ delta: { role: 'assistant', content: '' } }));
    writeWords(response, text);
    const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
    response.write(chunk({ delta: {}, finish_reason: 'stop' }, usage));
    response.end('data: [DONE]\n\n');
  };

/** Tells its reasoning word by word, then the text. */
export const reason =
  (reasoning: string, text: string): ModelScript =>
  (_request, response) => {
    begin(response);
    for (const word of reasoning.split(/(?<= )/)) {
      response.write(chunk({ delta: { reasoning_content: word } }));
    }
    writeWords(response, text);
    response.write(chunk({ delta: {}, finish_reason: 'stop' }));
    response.end('data: [DONE]\n\n');
  };

export const refuse =
  (status: number, headers: Readonly<Record<string, string>> = {}): ModelScript =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: 'no', type: 'stand_in', code: null } }));
  };

/** Ends the connection in the middle of the answer. */
export const cut: ModelScript = (_request, response) => {
  begin(response);
  response.write(chunk({ delta: { content: 'Half an ' } }), () => response.destroy());
};

/** Ends the answer cleanly, but without a finish reason. */
export const stopEarly: ModelScript = (_request, response) => {
  begin(response);
  writeWords(response, 'Half an ');
  response.end();
};

export const malformed: ModelScript = (_request, response) => {
  begin(response);
  response.write('data: {"choices": [{"delta"\n\n');
  response.end('data: [DONE]\n\n');
};

/** Says a word, then nothing for ever. */
export const hang: ModelScript = (_request, response) => {
  begin(response);
  writeWords(response, 'Wait ');
};

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const part of incoming) chunks.push(part);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
