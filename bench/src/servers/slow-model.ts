// A stand-in for a model provider: an OpenAI-compatible endpoint that streams a word a second, ten in all.
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from '../lib/serve.ts';

const WORDS = 10;
const PAUSE_MS = 1_000;

const chunk = (delta: object, finishReason: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'slow',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
    ...(finishReason !== null && {
      usage: { prompt_tokens: 1, completion_tokens: WORDS, total_tokens: WORDS + 1 },
    }),
  })}\n\n`;

const server = createServer(async (request, response) => {
  request.resume();
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (let word = 1; word <= WORDS && !response.destroyed; word++) {
    response.write(chunk({ role: 'assistant', content: `word ${word} ` }));
    await pause(PAUSE_MS);
  }
  response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
});
await serve(server);
