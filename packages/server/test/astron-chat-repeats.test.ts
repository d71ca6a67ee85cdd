import { randomUUID } from 'node:crypto';
import { createAstron, createWorkflowExecution } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { asking, end, flow, lastOf, message, node, post, release, said } from './support/astron-chat.ts';
import { dataFolder, openTestServer, type TestServer } from './support/reference-server.ts';

const CHAT = '/workflow/v1/chat/completions';
const DEBUG = '/workflow/v1/debug/chat/completions';
const RESUME = '/workflow/v1/resume';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
afterEach(() => {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const api = (own: TestServer = server) => createAstron({ baseUrl: own.url, auth: own.key, maxRetries: 0 });
const execution = () => createWorkflowExecution({ baseUrl: server.url, auth: server.key });

const greeting = () => flow([message('2', 'Hello. '), end('Dear {{input}}.')]);
/** Of the published flow, of which others take other inputs. */
const otherInputs = () =>
  flow([end('other', {})], undefined, [{ name: 'other', required: true, schema: { type: 'string' } }]);

const takeOff = (flowId: string) => api().publishFlow({ body: { flow_id: flowId, release_status: 3 } });
const replace = (flowId: string) =>
  api().publishFlow({ body: { flow_id: flowId, release_status: 1, data: otherInputs() } });
const remove = (flowId: string) => execution().deleteWorkflow({ path: { id: flowId } });

test.each([
  ['was taken off', takeOff],
  ['takes other inputs', replace],
  ['was deleted', remove],
])('a repeated request finds its run, though its flow %s', async (_what, change) => {
  const flowId = await release(server, greeting());
  const headers = { 'Idempotency-Key': randomUUID() };
  const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' } };
  const first = await post(server, CHAT, body, headers);
  expect(said(first.frames)).toBe('Hello. Dear Ada.');
  await change(flowId);
  expect((await post(server, CHAT, body, headers)).text).toBe(first.text);
  const rest = { ...headers, 'Last-Event-ID': first.frames[0]?.id ?? '' };
  expect((await post(server, CHAT, body, rest)).frames).toEqual(first.frames.slice(1));
  const other = { ...body, uid: 'other' };
  expect((await post(server, CHAT, other, headers)).json).toMatchObject({ code: 1010 });
  // A new request is judged by what the flow is now.
  expect((await post(server, CHAT, body)).json.code).toBeOneOf([1001, 1006, 22500]);
});

test('a repeated request to debug finds its run, though its version is gone', async () => {
  const flowId = await release(server, greeting());
  const headers = { 'Idempotency-Key': randomUUID() };
  const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' } };
  const first = await post(server, DEBUG, body, headers);
  await remove(flowId);
  expect((await post(server, DEBUG, body, headers)).text).toBe(first.text);
});

test('a key of the released chat is refused for debugging, and that of another app too', async () => {
  const flowId = await release(server, greeting());
  const headers = { 'Idempotency-Key': randomUUID() };
  const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' } };
  await post(server, CHAT, body, headers);
  expect((await post(server, DEBUG, body, headers)).json).toMatchObject({ code: 1010 });
  const response = await fetch(`${server.url}${CHAT}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'x-consumer-username': 'another-app', ...headers },
    body: JSON.stringify(body),
  });
  expect(await response.json()).toMatchObject({ code: 1010 });
});

test('runs of a deleted flow keep its names and its JSON over a restart', async () => {
  const folder = await dataFolder();
  onTestFinished(folder.remove);
  const environment = { FLOWWIRE_DATA_DIR: folder.path };
  const first = await openTestServer(environment);
  const protocol = flow([
    asking('3', 'Where to?'),
    node('node-end::9', { outputMode: 0 }, { to: 'question-answer::3.content' }),
  ]);
  const flowId = await release(first, protocol);
  const body = { flow_id: flowId, parameters: {} };
  const chat = await post(first, CHAT, body);
  const debug = await post(first, DEBUG, body);
  const eventOf = ({ frames }: typeof chat): string => lastOf(frames).event_data.event_id;
  await createWorkflowExecution({ baseUrl: first.url, auth: first.key }).deleteWorkflow({
    path: { id: flowId },
  });
  await first.close();

  const second = await openTestServer(environment);
  onTestFinished(second.close);
  const answer = { content: 'Rome' };
  const rest = await post(second, RESUME, { event_id: eventOf(chat), ...answer });
  expect(said(rest.frames)).toBe('{"to":"Rome"}');
  const told = await post(second, '/workflow/v1/debug/resume', { event_id: eventOf(debug), ...answer });
  expect(told.frames.map(({ data }) => data.workflow_step.node.id)).toEqual([
    'question-answer::3',
    'node-end::9',
    'node-end::9',
    'flow_obj',
  ]);
  expect(second.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});
