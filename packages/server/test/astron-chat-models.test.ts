import { describe, expect, test } from 'vitest';
import { end, flow, INPUT, model, node, post, release, said, text } from './support/astron-chat.ts';
import { answer, cut, reason, startModelStandIn } from './support/model-stand-in.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const CHAT = '/workflow/v1/chat/completions';

/** Runs a flow against a model that answers as scripted. */
async function withModel<T>(
  scripts: Parameters<typeof startModelStandIn>[0],
  act: (server: TestServer, requests: readonly { readonly body: unknown }[]) => Promise<T>,
): Promise<T> {
  const standIn = await startModelStandIn(scripts);
  const own = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'm' });
  try {
    return await act(own, standIn.requests);
  } finally {
    await own.close();
    await standIn.close();
    expect(own.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  }
}

describe('a model', () => {
  const answering = () => flow([model('2'), end('{{text}}', { text: 'spark-llm::2.output' })]);

  test('streams its text and its reasoning, and what it used is counted', () =>
    withModel([reason('Let me think. ', 'On Friday.'), answer('On Friday.')], async (own) => {
      const flowId = await release(own, answering());
      const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'When?' } };
      const { frames } = await post(own, CHAT, body);
      expect(said(frames)).toBe('On Friday.');
      const thought = frames.map(({ data }) => data.choices[0].delta.reasoning_content);
      expect(thought.join('')).toBe('Let me think. ');
      const { json } = await post(own, CHAT, { ...body, stream: false });
      expect(json.usage).toEqual({ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
    }));

  test('that no person reads keeps its reasoning to itself', () =>
    withModel([reason('Secret thought. ', 'draft'), answer('Final.')], async (own) => {
      const nodes = [
        model('2'),
        model('3', { input: 'spark-llm::2.output' }),
        end('{{text}}', { text: 'spark-llm::3.output' }),
      ];
      const flowId = await release(own, flow(nodes));
      const { text: sent } = await post(own, CHAT, {
        flow_id: flowId,
        parameters: { AGENT_USER_INPUT: '?' },
      });
      expect(sent).toContain('Final.');
      expect(sent).not.toContain('Secret');
    }));

  test('that breaks off and writes the same again is not heard twice', () =>
    withModel([cut, answer('Half an answer.')], async (own) => {
      const retry = { shouldRetry: true, maxRetries: 2, timeout: 30, errorStrategy: 0 as const };
      const nodes = [model('2', { input: INPUT }, retry), end('{{text}}', { text: 'spark-llm::2.output' })];
      const flowId = await release(own, flow(nodes));
      const { frames } = await post(own, CHAT, { flow_id: flowId, parameters: { AGENT_USER_INPUT: '?' } });
      expect(said(frames)).toBe('Half an answer.');
    }));

  test('that breaks off and writes something else begins anew after an empty line', () =>
    withModel([cut, answer('Other words.')], async (own) => {
      const retry = { shouldRetry: true, maxRetries: 2, timeout: 30, errorStrategy: 0 as const };
      const nodes = [model('2', { input: INPUT }, retry), end('{{text}}', { text: 'spark-llm::2.output' })];
      const flowId = await release(own, flow(nodes));
      const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: '?' } };
      expect(said((await post(own, CHAT, body)).frames)).toBe('Half an \n\nOther words.');
    }));

  test('that begins anew and writes less says that again after an empty line, and alone in one answer', () =>
    withModel([cut, answer('Half'), cut, answer('Half')], async (own) => {
      const retry = { shouldRetry: true, maxRetries: 2, timeout: 30, errorStrategy: 0 as const };
      const nodes = [model('2', { input: INPUT }, retry), end('{{text}}', { text: 'spark-llm::2.output' })];
      const flowId = await release(own, flow(nodes));
      const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: '?' } };
      expect(said((await post(own, CHAT, body)).frames)).toBe('Half an \n\nHalf');
      const { json } = await post(own, CHAT, { ...body, stream: false });
      expect(json.choices[0].delta.content).toBe('Half');
    }));

  test('knows what was said before: from the request, else from the conversation', () =>
    withModel([answer('First.'), answer('Second.'), answer('Third.')], async (own, requests) => {
      const remembering = node(
        'spark-llm::2',
        { domain: 'x', template: '{{input}}', enableChatHistoryV2: { isEnabled: true, rounds: 5 } },
        { input: INPUT },
        { outputs: [text('output')] },
      );
      const flowId = await release(
        own,
        flow([remembering, end('{{text}}', { text: 'spark-llm::2.output' })]),
      );
      const body = { flow_id: flowId, uid: 'u', chat_id: 'c', stream: false };
      const say = (input: string, more = {}) =>
        post(own, CHAT, { ...body, parameters: { AGENT_USER_INPUT: input }, ...more });
      await say('one');
      await say('two');
      await say('three', { history: [{ role: 'user', content: 'given' }] });
      const contents = requests.map((request) => JSON.stringify(request.body));
      expect(contents[1]).toContain('First.');
      expect(contents[2]).toContain('given');
      expect(contents[2]).not.toContain('First.');
    }));
});
