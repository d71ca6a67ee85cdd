import { createAstron } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  asking,
  copying,
  end,
  flow,
  lastOf,
  post,
  release,
  START,
  said,
  traveling,
} from './support/astron-chat.ts';
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
  travel = await release(server, traveling());
  copies = await release(server, copying(false));
  copiesOrElse = await release(server, copying(true));
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
    const asked = lastOf(frames);
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
          { id: 'B', text: 'The receipt', content_type: 'image' },
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
    const { event_data: asked } = lastOf(frames);
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
    const { event_id: eventId, value } = lastOf(frames).event_data;
    expect(frames.filter(({ data }) => data.event_data)).toHaveLength(1);
    const next = await resume({ event_id: eventId, content: 'first answer' });
    const { value: nextValue } = lastOf(next.frames).event_data;
    expect([value.content, nextValue.content].toSorted()).toEqual(['When?', 'Where to?']);
    const rest = said((await resume({ event_id: eventId, content: 'second answer' })).frames);
    const expected = ['first answer', 'second answer'];
    expect(rest).toBe((value.content === 'Where to?' ? expected : expected.toReversed()).join(', '));
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
