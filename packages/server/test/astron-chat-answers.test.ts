import { randomUUID } from 'node:crypto';
import { createAstron, createWorkflowExecution } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  asking,
  copying,
  end,
  flow,
  model,
  post,
  release,
  START,
  said,
  traveling,
} from './support/astron-chat.ts';
import { createGate } from './support/gate.ts';
import { answer, startModelStandIn } from './support/model-stand-in.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const CHAT = '/workflow/v1/chat/completions';
const RESUME = '/workflow/v1/resume';

let server: TestServer;
let travel: string;
let copies: string;
beforeAll(async () => {
  server = await openTestServer();
  addOtherTenant(server);
  travel = await release(server, traveling());
  copies = await release(server, copying(false));
});
afterAll(() => server.close());
afterEach(() => {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const chat = (flowId: string, more: object = {}, headers = {}) =>
  post(server, CHAT, { flow_id: flowId, parameters: {}, ...more }, headers);
const resume = (body: object, headers = {}) => post(server, RESUME, body, headers);

/** Runs a flow to its question, and answers the event id. */
async function ask(flowId: string, more: object = {}): Promise<string> {
  const { frames, json } = await chat(flowId, more);
  const { data = json } = frames.at(-1) ?? {};
  return data.event_data.event_id;
}

describe('an answer', () => {
  test('to what nobody asked, or what has been answered, is refused', async () => {
    expect((await resume({ event_id: '123', content: 'x' })).json).toMatchObject({
      code: 1003,
      message: 'No run waits for this answer (123)',
    });
    const eventId = await ask(travel);
    await resume({ event_id: eventId, content: 'Rome' });
    expect((await resume({ event_id: eventId, content: 'Rome' })).json).toMatchObject({ code: 1003 });
  });

  test('of another app is refused, and of another tenant finds nothing', async () => {
    const eventId = await ask(travel);
    const api = createAstron({ baseUrl: server.url, auth: server.key });
    await api.bindApp({ body: { flow_id: travel, app_id: 'other-app' } }).catch(() => undefined);
    const response = await fetch(`${server.url}${RESUME}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'x-consumer-username': 'other-app' },
      body: JSON.stringify({ event_id: eventId, content: 'x' }),
    });
    expect(await response.json()).toMatchObject({ code: 20005 });
    const other = { url: server.url, key: OTHER_KEY };
    expect((await post(other, RESUME, { event_id: eventId, content: 'x' })).json).toMatchObject({
      code: 1003,
    });
    expect(
      (await post(server, '/workflow/v1/debug/resume', { event_id: eventId, content: 'x' })).json,
    ).toMatchObject({
      code: 1003,
    });
    expect(said((await resume({ event_id: eventId, content: 'Rome' })).frames)).toBe('To Rome.');
  });

  test('that comes at the same time as another one is refused; one counts', async () => {
    const eventId = await ask(travel);
    const answers = await Promise.all(
      ['Rome', 'Oslo', 'Lima'].map((content) => resume({ event_id: eventId, content, stream: true })),
    );
    const taken = answers.filter(({ frames }) => frames.length > 0);
    expect(taken).toHaveLength(1);
    const codes = answers.filter(({ frames }) => frames.length === 0).map(({ json }) => json.code);
    expect(codes.every((code) => code === 23901 || code === 1003)).toBe(true);
  });

  test('with a key is repeated: it goes on with the same part of the run', async () => {
    const eventId = await ask(travel);
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await resume({ event_id: eventId, content: 'Rome' }, headers);
    const again = await resume({ event_id: eventId, content: 'Rome' }, headers);
    expect(again.text).toBe(first.text);
    expect((await resume({ event_id: eventId, content: 'Oslo' }, headers)).json).toMatchObject({
      code: 1010,
    });
    const [seen] = first.frames;
    const rest = await resume(
      { event_id: eventId, content: 'Rome' },
      { ...headers, 'Last-Event-ID': seen?.id ?? '' },
    );
    expect(rest.frames).toEqual(first.frames.slice(1));
    const done = { ...headers, 'Last-Event-ID': first.frames.at(-1)?.id ?? '' };
    expect(await resume({ event_id: eventId, content: 'Rome' }, done)).toMatchObject({
      status: 204,
      text: '',
    });
  });

  test('with a key that comes twice at once is one answer', async () => {
    const eventId = await ask(travel);
    const headers = { 'Idempotency-Key': randomUUID() };
    const answers = await Promise.all(
      [1, 2, 3].map(() => resume({ event_id: eventId, content: 'Rome' }, headers)),
    );
    expect(answers.map(({ frames }) => said(frames))).toEqual(['To Rome.', 'To Rome.', 'To Rome.']);
  });

  test('that was refused gives its key back', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { event_id: '123', content: 'x' };
    expect((await resume(body, headers)).json).toMatchObject({ code: 1003 });
    expect((await resume({ ...body, event_id: await ask(travel) }, headers)).frames.length).toBeGreaterThan(
      0,
    );
    const other = { 'Idempotency-Key': randomUUID() };
    const eventId = await ask(copies);
    expect((await resume({ event_id: eventId, content: 'C' }, other)).json).toMatchObject({ code: 23800 });
    expect(said((await resume({ event_id: eventId, content: 'A' }, other)).frames)).toBe('The invoice!');
  });

  test('through another API, while other nodes are at work, interrupts no stream that comes again', async () => {
    const gate = createGate();
    const standIn = await startModelStandIn([gate.guard(answer('Sunny.'))]);
    onTestFinished(standIn.close);
    const own = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'm' });
    onTestFinished(own.close);
    const last = end('{{to}}: {{weather}}', {
      to: 'question-answer::3.content',
      weather: 'spark-llm::4.output',
    });
    const forecast = model('4', { input: 'Rome' });
    const ask = asking('3', 'Where to?');
    const edges = [
      { sourceNodeId: START, targetNodeId: forecast.id },
      ...[ask, forecast].map(({ id }) => ({ sourceNodeId: id, targetNodeId: last.id })),
    ];
    const flowId = await release(own, flow([ask, forecast, last], edges));
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { flow_id: flowId, parameters: {} };
    const first = post(own, CHAT, body, headers);
    await gate.reached;
    const execution = createWorkflowExecution({ baseUrl: own.url, auth: own.key });
    const { data } = await execution.listExecutions({ query: {} });
    const path = { execution_id: data[0]?.id ?? '' };
    const find = async () => (await execution.getExecution({ path })).questions?.[0]?.question_id;
    await expect.poll(find).toBeDefined();
    const question_id = (await find()) ?? '';
    await execution.answerExecution({ path, body: { question_id, type: 'text', text: 'Rome' } });
    const open = async () => (await execution.getExecution({ path })).questions ?? [];
    await expect.poll(open).toEqual([]);
    const again = post(own, CHAT, body, headers);
    gate.open();
    const { text, frames } = await first;
    expect(said(frames)).toBe('Rome: Sunny.');
    expect((await again).text).toBe(text);
    expect((await post(own, CHAT, body, headers)).text).toBe(text);
  });

  test('through another API lets the run go on as well', async () => {
    const { headers, frames } = await chat(travel);
    const execution = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
    const id = headers.get('x-execution-id') ?? '';
    const { questions = [] } = await execution.getExecution({ path: { execution_id: id } });
    const [question] = questions;
    if (!question) throw new Error('nothing was asked');
    const body = { question_id: question.question_id, type: 'text' as const, text: 'Rome' };
    await execution.answerExecution({ path: { execution_id: id }, body });
    const { event_id: eventId } = frames.at(-1)?.data.event_data ?? {};
    expect((await resume({ event_id: eventId, content: 'Oslo' })).json.code).toBeOneOf([1003, 23901]);
  });
});

describe('a key', () => {
  test('finds the run again: the same frames, or what is left of them', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await chat(travel, {}, headers);
    expect((await chat(travel, {}, headers)).text).toBe(first.text);
    for (const [index, { id }] of first.frames.slice(0, -1).entries()) {
      const rest = await chat(travel, {}, { ...headers, 'Last-Event-ID': id ?? '' });
      expect(rest.frames).toEqual(first.frames.slice(index + 1));
    }
    const seen = { ...headers, 'Last-Event-ID': first.frames.at(-1)?.id ?? '' };
    expect((await chat(travel, {}, seen)).status).toBe(204);
    const { event_id: eventId } = first.frames.at(-1)?.data.event_data ?? {};
    await resume({ event_id: eventId, content: 'Rome' });
    // The part before the question stays what it was.
    expect((await chat(travel, {}, headers)).frames.map(({ id }) => id)).toEqual(
      first.frames.map(({ id }) => id),
    );
    expect((await chat(travel, {}, seen)).status).toBe(204);
  });

  test('is refused with another request, and a position without a key or beyond the end is too', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    await chat(travel, {}, headers);
    expect((await chat(travel, { uid: 'other' }, headers)).json).toMatchObject({ code: 1010 });
    expect((await resume({ event_id: await ask(travel), content: 'x' }, headers)).json).toMatchObject({
      code: 1010,
    });
    expect((await chat(travel, {}, { 'Last-Event-ID': '3' })).json).toMatchObject({
      code: 460,
      findings: [{ in: 'header', pointer: '/Idempotency-Key' }],
    });
    expect((await chat(travel, {}, { ...headers, 'Last-Event-ID': '99' })).json).toMatchObject({
      code: 460,
      findings: [{ in: 'header', pointer: '/Last-Event-ID' }],
    });
  });
});
