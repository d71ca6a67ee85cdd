import { describe, expect, test } from 'vitest';
import { importFixture, inShort, nodeOf, noteOf } from './fixtures/load.ts';

describe('chat-without-version', () => {
  const imported = importFixture('chat-without-version');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      '1710000000001:45 start ~ 1710000000001(start)',
      '1710000000002:49 if-else = 1710000000002(condition)',
      '1710000000003:63 llm ~ 1710000000003(llm)',
      '1710000000004:80 llm ~ 1710000000004(llm)',
      '1710000000005:90 answer = 1710000000005(answer)',
      '1710000000006:93 answer = 1710000000006(answer)',
    ]);
    expect(noteOf(imported, '1710000000003')).toBe(
      "the model gpt-4o-mini is asked at the server's provider, not openai; " +
        'these settings of the model are not kept: presence_penalty',
    );
    expect(imported.notes).toEqual([
      { message: 'these features of the app are not imported: opening_statement', line: 10 },
    ]);
  });

  test("the person's message becomes an input", () => {
    expect(definition).toMatchObject({
      name: 'Pen pal',
      description: 'Answers letters, long ones with a summary first.',
      inputs: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
    });
  });

  test('conditions of the node itself become the case true', () => {
    expect(nodeOf(definition, '1710000000002')).toEqual({
      id: '1710000000002',
      title: 'Long letter?',
      type: 'condition',
      cases: [
        {
          id: 'true',
          logic: 'or',
          conditions: [
            { left: '{{ 1710000000001.query }}', operator: 'contains', right: 'summary' },
            { left: '{{ 1710000000001.query }}', operator: 'starts with', right: 'Dear {{ sys.user_id }}' },
          ],
        },
      ],
    });
    expect(definition.edges).toEqual([
      { from: '1710000000001', to: '1710000000002' },
      { from: '1710000000002', to: '1710000000003', on: 'true' },
      { from: '1710000000002', to: '1710000000004', on: 'else' },
      { from: '1710000000003', to: '1710000000005' },
      { from: '1710000000004', to: '1710000000006' },
    ]);
  });

  test('a memory shows turns, and the message is asked last', () => {
    expect(nodeOf(definition, '1710000000003')).toEqual({
      id: '1710000000003',
      title: 'Summarise',
      type: 'llm',
      model: 'gpt-4o-mini',
      temperature: 0.3,
      top_p: 0.9,
      max_output_tokens: 400,
      messages: [
        { role: 'system', content: 'Sum the letter up in one line.' },
        { role: 'user', content: '{{ 1710000000001.query }}' },
      ],
      stop: ['END'],
      memory: { turns: 6 },
    });
    expect(nodeOf(definition, '1710000000004')).toMatchObject({ memory: { turns: 100 } });
    expect(nodeOf(definition, '1710000000006')).toMatchObject({
      template: '{{ 1710000000004.text }} ({{ sys.conversation_id }})',
    });
  });
});

describe('conversation', () => {
  const imported = importFixture('conversation');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'begin:11 start ~ begin(start)',
      'old:13 assigner = old(assign)',
      'forget:20 assigner = forget(assign)',
      'new:29 assigner = new(assign)',
      'reply:53 answer = reply(answer)',
    ]);
  });

  test('variables of the conversation keep their defaults', () => {
    expect(definition.variables).toEqual({
      names: { scope: 'conversation', default: [], description: 'Who was mentioned' },
      profile: { scope: 'conversation', default: { age: 7 } },
      mood: { scope: 'conversation', default: 'fine' },
    });
  });

  test('both versions of assigning, and an input that is called query already', () => {
    expect(definition.inputs).toMatchObject({
      properties: { query: { type: 'string' }, query_2: { type: 'string' } },
      required: ['query_2'],
    });
    expect(nodeOf(definition, 'old')).toMatchObject({
      items: [{ target: 'vars.mood', operation: 'set', value: '{{ begin.query_2 }}' }],
    });
    expect(nodeOf(definition, 'forget')).toMatchObject({
      items: [{ target: 'vars.mood', operation: 'clear' }],
    });
    expect(nodeOf(definition, 'reply')).toMatchObject({
      template: 'You said {{ begin.query_2 }} and {{ begin.query }}; {{ vars.profile.age }}',
    });
  });

  test('a constant that looks like a reference stays text', () => {
    expect(definition.environment).toEqual({ OPEN_BRACES: '{{' });
    expect(nodeOf(definition, 'new')).toMatchObject({
      items: [
        { target: 'vars.names', operation: 'append', value: '{{ begin.query }}' },
        { target: 'vars.profile', operation: 'set', value: { age: 8 } },
        { target: 'vars.mood', operation: 'set', value: 'say {{ env.OPEN_BRACES }} begin.query }}' },
      ],
    });
  });
});
