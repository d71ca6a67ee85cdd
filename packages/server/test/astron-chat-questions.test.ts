import { randomUUID } from 'node:crypto';
import { createAstron, createWorkflowExecution } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  asking,
  choosing,
  end,
  flow,
  fromOptions,
  message,
  post,
  release,
  START,
  said,
} from './support/astron-chat.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const CHAT = '/workflow/v1/chat/completions';
const RESUME = '/workflow/v1/resume';

let server: TestServer;
let travel: string;
let copies: string;
let copiesOrElse: string;
let optional: string;
beforeAll(async () => {
  server = await openTestServer();
  addOtherTenant(server);
  travel = await release(
    server,
    flow([
      message('2', 'Hello. '),
      asking('3', 'Where to?'),
      end('To {{to}}.', { to: 'question-answer::3.content' }),
    ]),
  );
  const answered = end('{{content}}!', { content: 'question-answer::3.content' });
  copies = await release(
    server,
    flow([choosing('3', 'Which copy?', false), answered], fromOptions('3', 'node-end::9', ['a', 'b'])),
  );
  copiesOrElse = await release(
    server,
    flow([choosing('3', 'Which copy?', true), answered], fromOptions('3', 'node-end::9')),
  );
  optional = await release(
    server,
    flow([
      asking('3', 'Anything else?', { needReply: false }),
      end('[{{a}}]', { a: 'question-answer::3.content' }),
    ]),
  );
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

describe('a question', () => {
  test('ends the stream with its event id, and no text that follows the answer', async () => {
    const { frames } = await chat(travel);
    expect(said(frames)).toBe('Hello. ');
    expect(frames.at(-1)?.data).toMatchObject({
      code: 0,
      workflow_step: { seq: frames.length },
      choices: [{ delta: { content: '' }, finish_reason: 'interrupt' }],
      event_data: {
        event_id: expect.stringMatching(/^[0-9]+$/),
        event_type: 'interrupt',
        need_reply: true,
        value: { type: 'direct', content: 'Where to?' },
      },
    });
  });

  test('is answered, and the run goes on under a new sid, counted from 1', async () => {
    const { frames } = await chat(travel);
    const asked = frames.at(-1)?.data;
    const rest = await resume({ event_id: asked.event_data.event_id, content: 'Rome' });
    expect(said(rest.frames)).toBe('To Rome.');
    expect(rest.frames.map(({ data }) => data.workflow_step.seq)).toEqual(
      rest.frames.map((_, index) => index + 1),
    );
    expect(rest.frames.every(({ data }) => data.id !== asked.id)).toBe(true);
    expect(rest.frames[0]?.data.workflow_step.progress).toBeGreaterThanOrEqual(asked.workflow_step.progress);
    expect(rest.frames.at(-1)?.data.choices[0].finish_reason).toBe('stop');
  });

  test('comes as one frame, with the text before it, when no stream is wanted', async () => {
    const { json } = await chat(travel, { stream: false });
    expect(json).toMatchObject({
      workflow_step: { seq: 1 },
      choices: [{ delta: { content: 'Hello. ' }, finish_reason: 'interrupt' }],
    });
    const rest = await resume({ event_id: json.event_data.event_id, content: 'Rome' });
    expect(rest.json).toMatchObject({
      workflow_step: { seq: 1, progress: 1 },
      choices: [{ delta: { content: 'To Rome.' }, finish_reason: 'stop' }],
    });
  });

  test('is answered in the form that the answer asks for', async () => {
    const streamed = await resume({
      event_id: await ask(travel, { stream: false }),
      content: 'a',
      stream: true,
    });
    expect(said(streamed.frames)).toBe('To a.');
    const single = await resume({ event_id: await ask(travel), content: 'b', stream: false });
    expect(single.json.choices[0].delta.content).toBe('To b.');
  });

  test('shows its options, and takes one of them', async () => {
    const { frames } = await chat(copies);
    expect(frames.at(-1)?.data.event_data).toMatchObject({
      need_reply: true,
      value: {
        type: 'option',
        content: 'Which copy?',
        option: [
          { id: 'A', text: 'The invoice', content_type: 'text' },
          { id: 'B', text: 'The receipt', content_type: 'text' },
        ],
      },
    });
    const rest = await resume({ event_id: frames.at(-1)?.data.event_data.event_id, content: 'B' });
    expect(said(rest.frames)).toBe('The receipt!');
  });

  test('without a default option refuses what is none, and goes on waiting', async () => {
    const eventId = await ask(copies);
    expect((await resume({ event_id: eventId, content: 'C' })).json).toMatchObject({
      code: 23800,
      choices: [{ finish_reason: 'stop' }],
    });
    expect(said((await resume({ event_id: eventId, content: 'A' })).frames)).toBe('The invoice!');
  });

  test('with a default option takes that for anything else', async () => {
    expect(said((await resume({ event_id: await ask(copiesOrElse), content: 'whatever' })).frames)).toBe(
      'Else!',
    );
  });

  test('may be ignored where it need not be answered, and only there', async () => {
    const ignored = { content: '', event_type: 'ignore' };
    const { frames } = await chat(optional);
    const { event_data: asked } = frames.at(-1)?.data ?? {};
    expect(asked.need_reply).toBe(false);
    expect(said((await resume({ event_id: asked.event_id, ...ignored })).frames)).toBe('[]');
    const eventId = await ask(travel);
    expect((await resume({ event_id: eventId, ...ignored })).json).toMatchObject({ code: 23802 });
    expect(said((await resume({ event_id: eventId, content: 'Rome' })).frames)).toBe('To Rome.');
  });

  test('that is given up fails the run', async () => {
    const { frames } = await resume({ event_id: await ask(travel), content: '', event_type: 'abort' });
    expect(frames.at(-1)?.data).toMatchObject({ code: 23802, choices: [{ finish_reason: 'stop' }] });
  });

  test('may follow another one, under the same event id', async () => {
    const flowId = await release(
      server,
      flow([
        asking('3', 'Where to?'),
        asking('4', 'When?'),
        end('{{to}}, {{at}}', { to: 'question-answer::3.content', at: 'question-answer::4.content' }),
      ]),
    );
    const eventId = await ask(flowId);
    const second = await resume({ event_id: eventId, content: 'Rome' });
    expect(second.frames.map(({ data }) => data.event_data)).toEqual([
      expect.objectContaining({ event_id: eventId, value: { type: 'direct', content: 'When?' } }),
    ]);
    expect(said((await resume({ event_id: eventId, content: 'May' })).frames)).toBe('Rome, May');
  });

  test('that is open at the same time as another one is told after it', async () => {
    const [first, second, last] = [
      asking('3', 'Where to?'),
      asking('4', 'When?'),
      end('{{to}}, {{at}}', { to: 'question-answer::3.content', at: 'question-answer::4.content' }),
    ];
    const edges = [
      { sourceNodeId: START, targetNodeId: second.id },
      ...[first, second].map(({ id }) => ({ sourceNodeId: id, targetNodeId: last.id })),
    ];
    const flowId = await release(server, flow([first, second, last], edges));
    const { frames } = await chat(flowId);
    const { event_id: eventId, value } = frames.at(-1)?.data.event_data ?? {};
    expect(frames.filter(({ data }) => data.event_data)).toHaveLength(1);
    const next = await resume({ event_id: eventId, content: 'first answer' });
    const { value: nextValue } = next.frames.at(-1)?.data.event_data ?? {};
    expect([value.content, nextValue.content].toSorted()).toEqual(['When?', 'Where to?']);
    const rest = said((await resume({ event_id: eventId, content: 'second answer' })).frames);
    const expected = ['first answer', 'second answer'];
    expect(rest).toBe((value.content === 'Where to?' ? expected : expected.toReversed()).join(', '));
  });
});

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

test('the client reads a question and sends the answer, streamed and whole, released and debugged', async () => {
  const api = createAstron({ baseUrl: server.url, auth: server.key });
  const body = { flow_id: travel, parameters: {} };
  const asked = await api.createChatCompletion({ body });
  if (!asked.event_data) throw new Error('nothing was asked');
  const answer = { event_id: asked.event_data.event_id, content: 'Rome' };
  expect((await api.resumeChat({ body: answer })).choices[0]?.delta.content).toBe('To Rome.');

  const stream = api.debugChatCompletion.stream({ body });
  const last = await stream.result();
  if (!last.event_data) throw new Error('nothing was asked');
  const rest = api.resumeDebugChat.stream({ body: { event_id: last.event_data.event_id, content: 'Oslo' } });
  let said = '';
  for await (const { choices } of rest) said += choices[0]?.delta.content ?? '';
  expect(said).toBe('To Oslo.');

  const again = await api.debugChatCompletion({ body });
  if (!again.event_data) throw new Error('nothing was asked');
  const single = await api.resumeDebugChat({
    body: { event_id: again.event_data.event_id, content: 'Lima' },
  });
  expect(single.choices[0]?.delta.content).toBe('To Lima.');
});
