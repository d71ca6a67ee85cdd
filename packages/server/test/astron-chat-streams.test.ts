import { once } from 'node:events';
import { connect } from 'node:net';
import { createWorkflowExecution } from '@flowwire/client';
import { expect, onTestFinished, test } from 'vitest';
import { end, flow, model, post, release, said, toFrames } from './support/astron-chat.ts';
import { createGate } from './support/gate.ts';
import { answer, hang, type ModelScript, startModelStandIn } from './support/model-stand-in.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const CHAT = '/workflow/v1/chat/completions';

const answering = () => flow([model('2'), end('{{text}}', { text: 'spark-llm::2.output' })]);

async function serverWithModel(script: ModelScript, environment: Readonly<Record<string, string>> = {}) {
  const standIn = await startModelStandIn([script]);
  onTestFinished(standIn.close);
  const server = await openTestServer({
    OPENAI_BASE_URL: standIn.baseUrl,
    OPENAI_MODEL: 'm',
    ...environment,
  });
  onTestFinished(server.close);
  return { server, flowId: await release(server, answering()) };
}

const bodyFor = (flowId: string) => ({ flow_id: flowId, parameters: { AGENT_USER_INPUT: '?' } });

const begin = (server: TestServer, flowId: string, signal?: AbortSignal) =>
  fetch(`${server.url}${CHAT}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${server.key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(bodyFor(flowId)),
    ...(signal && { signal }),
  });

test('a quiet stream is sent pings, which its text does not have', async () => {
  const gate = createGate();
  const { server, flowId } = await serverWithModel(gate.guard(answer('At last.')), { ASTRON_PING_MS: '20' });
  const response = await begin(server, flowId);
  let received = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    received += part;
    if (received.split('"ping"').length > 3) gate.open();
  }
  const frames = toFrames(received);
  const pings = frames.filter(({ data }) => data.choices[0].finish_reason === 'ping');
  expect(pings.length).toBeGreaterThanOrEqual(3);
  for (const { id, data } of pings)
    expect([id, data.workflow_step]).toEqual([undefined, { seq: 0, progress: 1 }]);
  expect(said(frames)).toBe('At last.');
  const counted = frames.filter((frame) => !pings.includes(frame));
  expect(counted.map(({ data }) => data.workflow_step.seq)).toEqual(counted.map((_, index) => index + 1));
});

test('a run whose client has gone is cancelled after the grace', async () => {
  const { server, flowId } = await serverWithModel(hang, { FLOWWIRE_DISCONNECT_GRACE_MS: '100' });
  const leaving = new AbortController();
  const response = await begin(server, flowId, leaving.signal);
  const id = response.headers.get('x-execution-id') ?? '';
  const execution = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
  const stateOf = async () => (await execution.getExecution({ path: { execution_id: id } })).status;
  expect(await stateOf()).toBe('running');
  leaving.abort();
  await expect.poll(stateOf, { timeout: 14_000 }).toBe('cancelled');
});

test('a run more than may wait is refused with 429; a repeated request finds its run all the same', async () => {
  const gate = createGate();
  const { server, flowId } = await serverWithModel(gate.guard(answer('Done.')), {
    FLOWWIRE_RUN_CONCURRENCY: '1',
    FLOWWIRE_MAX_WAITING_RUNS: '1',
  });
  const chat = (key: string) => post(server, CHAT, bodyFor(flowId), { 'Idempotency-Key': key });
  const running = chat('running');
  await gate.reached;
  const waiting = await begin(server, flowId);
  const refused = await chat('refused');
  expect(refused).toMatchObject({ status: 429, json: { code: 1011, sid: expect.stringMatching(/^spf/) } });
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  const tried = { id: 'x', name: 'x', data: { nodes: [end('{{a}}', { a: 'Ada' })], edges: [] } };
  expect(await post(server, '/workflow/v1/node/debug', tried)).toMatchObject({ status: 429 });
  const repeated = chat('running');
  gate.open();
  for (const { text } of await Promise.all([running, repeated])) expect(text).toContain('Done.');
  expect(await waiting.text()).toContain('Done.');
});

test('a client that does not read is cut off in bounds, and reads the rest when it comes again', async () => {
  const words = 'word '.repeat(200_000);
  const { server, flowId } = await serverWithModel(answer(words));
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const body = JSON.stringify(bodyFor(flowId));
  socket.pause();
  socket.write(
    `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\nIdempotency-Key: slow-reader\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const execution = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
  const ended = async () => (await execution.listExecutions({ query: {} })).data[0]?.status;
  await expect.poll(ended, { timeout: 30_000 }).toBe('success');
  socket.destroy();
  const again = await post(server, CHAT, bodyFor(flowId), { 'Idempotency-Key': 'slow-reader' });
  expect(said(again.frames)).toBe(words);
}, 60_000);
