import { describe, expect, test } from 'vitest';
import { importFixture, inShort, nodeOf, noteOf } from './fixtures/load.ts';

describe('reading', () => {
  const imported = importFixture('reading');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'begin:7 start = begin(start)',
      'order:9 parameter-extractor ~ order(extractor)',
      'found:25 if-else = found(condition)',
      'topic:45 question-classifier ~ topic(classifier)',
      'complaint:56 end = complaint(end)',
      'praise:66 end = praise(end)',
      'none:68 end = none(end)',
    ]);
  });

  test('parameters become a schema, and its success true or false', () => {
    expect(nodeOf(definition, 'order')).toMatchObject({
      query: '{{ begin.mail }}',
      instruction: 'Dates are as in {{ begin.mail }}.',
      schema: {
        properties: {
          number: { type: 'string', description: 'The order number' },
          kind: { type: 'string', enum: ['post', 'parcel'] },
          urgent: { type: 'boolean' },
          items: { type: 'array', items: { type: 'string' } },
        },
        required: ['number'],
      },
    });
    expect(nodeOf(definition, 'found')).toMatchObject({
      cases: [
        {
          conditions: [
            { left: '{{ order._success }}', operator: 'is', right: true },
            { left: '{{ order.items }}', operator: 'not empty' },
          ],
        },
      ],
    });
    expect(nodeOf(definition, 'complaint')).toMatchObject({
      outputs: { topic: '{{ topic.class_name }}', why: '{{ order._reason }}' },
    });
  });

  test('classes are outcomes, the first for what fits none', () => {
    expect(nodeOf(definition, 'topic')).toMatchObject({
      classes: [
        { id: '1', name: 'Complaint' },
        { id: '1730000000009', name: 'Praise' },
      ],
      default: '1',
    });
    expect(definition.edges).toContainEqual({ from: 'topic', to: 'praise', on: '1730000000009' });
  });
});

describe('llm', () => {
  const imported = importFixture('llm');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'begin:10 start ~ begin(start)',
      'facts:17 code = facts(code)',
      'draft:27 llm ~ draft_prompt_1(template) draft(llm)',
      'again:62 llm ~ again(llm)',
      'reply:76 answer = reply(answer)',
    ]);
    expect(noteOf(imported, 'begin')).toContain('the files of the message are the input files');
  });

  test('Jinja, the context, pictures, literal braces and an output schema', () => {
    expect(nodeOf(definition, 'draft_prompt_1')).toEqual({
      id: 'draft_prompt_1',
      type: 'template',
      template: '{% for f in facts %}- {{ f.name }}{% endfor %}',
      variables: { facts: '{{ facts.facts }}' },
    });
    expect(nodeOf(definition, 'draft')).toMatchObject({
      temperature: 2,
      messages: [
        { role: 'system', content: '{{ draft_prompt_1.output }}' },
        {
          role: 'user',
          content:
            'Given {{ facts.detail.size }}, describe it as {"a": {{ env.OPEN_BRACES }}b}} } ' +
            'please {{ env.OPEN_BRACES }} begin.photo }}.',
          images: '{{ begin.photo }}',
        },
      ],
      output_schema: { type: 'object', required: ['caption'], additionalProperties: false },
    });
    expect(definition.edges).toEqual([
      { from: 'draft_prompt_1', to: 'draft' },
      { from: 'begin', to: 'facts' },
      { from: 'facts', to: 'draft_prompt_1' },
      { from: 'draft', to: 'again' },
      { from: 'again', to: 'reply' },
    ]);
  });

  test('outputs of models have their names here, and pictures are the files of the message', () => {
    expect(nodeOf(definition, 'again')).toMatchObject({
      messages: [
        {
          role: 'user',
          content: 'Repeat: {{ draft.json.caption }} {{ draft.reasoning }} {{ draft.usage.prompt_tokens }}',
          images: '{{ begin.files }}',
        },
      ],
      output_schema: { type: 'object', properties: { x: { type: 'number' } } },
    });
  });

  test('objects have the types of their members', () => {
    expect(nodeOf(definition, 'facts')).toMatchObject({
      language: 'javascript',
      output_schema: {
        properties: {
          facts: { type: ['array', 'null'], items: { type: 'object' } },
          detail: { type: ['object', 'null'], properties: { size: { type: ['number', 'null'] } } },
        },
      },
    });
  });
});

describe('human', () => {
  const imported = importFixture('human');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'begin:7 start = begin(start)',
      'approve:18 human-input ~ approve(question)',
      'comment:30 human-input ~ comment(question)',
      'sent:39 end = sent(end)',
      'held:41 end = held(end)',
      'late:43 end = late(end)',
    ]);
    expect(noteOf(imported, 'approve')).toBe('nothing is sent by email; put a notify node before it');
  });

  test('buttons are choices, and nobody answering is a failure that branches', () => {
    expect(nodeOf(definition, 'approve')).toEqual({
      id: 'approve',
      title: 'Approve',
      type: 'question',
      question: 'May this be sent?\n\n{{ begin.text }}',
      choices: [
        { id: 'send', label: 'Send it' },
        { id: 'hold', label: 'Hold it' },
      ],
      expires_after_ms: 172_800_000,
      on_error: 'branch',
    });
    expect(definition.edges).toContainEqual({ from: 'approve', to: 'late', on: 'error' });
    expect(nodeOf(definition, 'sent')).toMatchObject({ outputs: { action: '{{ approve.choice }}' } });
  });

  test('one text field with one button asks for text', () => {
    expect(nodeOf(definition, 'comment')).toEqual({
      id: 'comment',
      title: 'Comment',
      type: 'question',
      question: 'What is wrong?',
      expires_after_ms: 21_600_000,
    });
    expect(definition.edges).toContainEqual({ from: 'comment', to: 'held' });
    expect(nodeOf(definition, 'held')).toMatchObject({ outputs: { remark: '{{ comment.answer }}' } });
  });

  test('inputs have their types and defaults', () => {
    expect(definition.inputs?.properties).toEqual({
      text: { type: 'string' },
      fast: { type: 'boolean', default: true },
      pages: { type: 'number', default: 2 },
    });
  });
});
