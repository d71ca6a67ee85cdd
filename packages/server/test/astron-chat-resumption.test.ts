import { randomUUID } from 'node:crypto';
import { createAstron } from '@flowwire/client';
import { expect, onTestFinished, test } from 'vitest';
import { dropSchema, findPostgres } from '../src/store/laws/backends.ts';
import { asking, end, flow, INPUT, message, model, post, release, said } from './support/astron-chat.ts';
import { startCuttingProxy } from './support/cutting-proxy.ts';
import { answer, startModelStandIn } from './support/model-stand-in.ts';
import { DEV_KEY, dataFolder, openTestServer, spawnServer } from './support/reference-server.ts';

const CHAT = '/workflow/v1/chat/completions';
const RESUME = '/workflow/v1/resume';

const asksWhere = () =>
  flow([
    message('2', 'Hello {{name}}. ', { name: INPUT }),
    asking('3', 'Where to?'),
    end('To {{to}}.', { to: 'question-answer::3.content' }),
  ]);

test('a client that is cut off anywhere reads the same text as one that is not', {
  timeout: 60_000,
}, async () => {
  const words = Array.from({ length: 12 }, (_, index) => `word${index} `).join('');
  const standIn = await startModelStandIn([answer(words)]);
  onTestFinished(standIn.close);
  const server = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'm' });
  onTestFinished(server.close);
  const flowId = await release(server, flow([model('2'), end('{{text}}', { text: 'spark-llm::2.output' })]));
  const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: '?' } };
  const whole = await post(server, CHAT, body);
  expect(said(whole.frames)).toBe(words);

  const port = Number(new URL(server.url).port);
  const head = 600;
  for (let bytes = 1; bytes < head + whole.text.length; bytes += Math.ceil(whole.text.length / 12)) {
    const cuts = [bytes, bytes + 700].map((fromServer) => ({ fromServer, fromClient: Infinity }));
    const { url } = await startCuttingProxy(port, cuts);
    const api = createAstron({ baseUrl: url, auth: server.key, maxRetries: 5 });
    const seqs: number[] = [];
    let text = '';
    for await (const { choices, workflow_step: step } of api.createChatCompletion.stream({ body })) {
      text += choices[0]?.delta.content ?? '';
      seqs.push(step?.seq ?? 0);
    }
    expect(text).toBe(words);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  }
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

/** Asks on one server, closes it, and answers on another one with the same store. */
async function answerElsewhere(environment: Readonly<Record<string, string>>) {
  const first = await openTestServer(environment);
  const flowId = await release(first, asksWhere());
  const headers = { 'Idempotency-Key': randomUUID() };
  const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' } };
  const asked = await post(first, CHAT, body, headers);
  expect(said(asked.frames)).toBe('Hello Ada. ');
  await first.close();

  const second = await openTestServer(environment);
  onTestFinished(second.close);
  expect((await post(second, CHAT, body, headers)).text).toBe(asked.text);
  const { event_id: eventId } = asked.frames.at(-1)?.data.event_data ?? {};
  const keyed = { 'Idempotency-Key': randomUUID() };
  const rest = await post(second, RESUME, { event_id: eventId, content: 'Rome' }, keyed);
  expect(said(rest.frames)).toBe('To Rome.');
  expect((await post(second, RESUME, { event_id: eventId, content: 'Rome' }, keyed)).text).toBe(rest.text);
  expect(second.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
}

test('a question outlives the server: another one takes its answer', async () => {
  const folder = await dataFolder();
  onTestFinished(folder.remove);
  await answerElsewhere({ FLOWWIRE_DATA_DIR: folder.path });
});

const postgres = await findPostgres();
const missing = 'missing' in postgres ? ` (${postgres.missing})` : '';

test.skipIf('missing' in postgres)(`a question outlives the server on PostgreSQL${missing}`, async () => {
  const url = 'url' in postgres ? postgres.url : '';
  const schema = `astron_${process.pid}_${randomUUID().slice(0, 8)}`;
  // Those that are added later are called first: the server is closed by then.
  onTestFinished(() => dropSchema(url, schema));
  await answerElsewhere({ DATABASE_URL: url, DATABASE_SCHEMA: schema });
});

test('a question outlives the death of the server', { timeout: 60_000 }, async () => {
  const folder = await dataFolder();
  onTestFinished(folder.remove);
  const environment = { FLOWWIRE_DATA_DIR: folder.path, PORT: '0' };
  const first = await spawnServer(environment);
  const key = DEV_KEY;
  const flowId = await release({ url: first.url, key }, asksWhere());
  const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' } };
  const asked = await post({ url: first.url, key }, CHAT, body);
  await first.kill('SIGKILL');

  const second = await spawnServer(environment);
  onTestFinished(async () => void (await second.kill('SIGTERM')));
  const { event_id: eventId } = asked.frames.at(-1)?.data.event_data ?? {};
  const rest = await post({ url: second.url, key }, RESUME, { event_id: eventId, content: 'Rome' });
  expect(said(rest.frames)).toBe('To Rome.');
});
