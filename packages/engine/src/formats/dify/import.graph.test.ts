import { describe, expect, test } from 'vitest';
import { importFixture, inShort, nodeOf, noteOf, readFixture } from './fixtures/load.ts';
import { importDify } from './import.ts';

describe('iteration-oldest', () => {
  const imported = importFixture('iteration-oldest');

  test('every node has its row; what cannot be reached is ignored', () => {
    expect(imported.rows.map(inShort)).toEqual([
      's:8 start = s(start)',
      'split:10 code = split(code)',
      'each:20 iteration = each(iteration)',
      'title:28 template-transform = title(template)',
      'orphan:40 template-transform -',
      'e:51 end = e(end)',
    ]);
  });

  test('the children are the body', () => {
    expect(nodeOf(imported.definition, 'each')).toEqual({
      id: 'each',
      title: 'Each',
      type: 'iteration',
      items: '{{ split.list }}',
      body: {
        nodes: [
          {
            id: 'title',
            title: 'Title',
            type: 'template',
            template: '{{ index }}. {{ name | trim | title }}',
            variables: { name: '{{ each.item }}', index: '{{ each.index }}' },
          },
        ],
        edges: [],
      },
      output: '{{ title.output }}',
      flatten: true,
    });
  });

  test('declared outputs are a schema that allows null', () => {
    expect(nodeOf(imported.definition, 'split')).toMatchObject({
      language: 'python',
      inputs: { names: '{{ s.names }}' },
      output_schema: {
        properties: { list: { type: ['array', 'null'], items: { type: 'string' } } },
        required: ['list'],
      },
    });
  });
});

describe('iteration', () => {
  const imported = importFixture('iteration');

  test('every node has its row; the beginning is the container', () => {
    expect(imported.rows.map(inShort)).toEqual([
      '1740000000001:7 start = 1740000000001(start)',
      '1740000000002:15 iteration ~ 1740000000002(iteration)',
      '1740000000002start:27 iteration-start = 1740000000002(iteration)',
      '1740000000003:31 llm ~ 1740000000003(llm)',
      '1740000000004:49 end = 1740000000004(end)',
    ]);
  });

  test('parallel items, errors and lists', () => {
    expect(nodeOf(imported.definition, '1740000000002')).toMatchObject({
      items: '{{ 1740000000001.lines.items }}',
      parallel: 16,
      on_item_error: 'null',
      output: '{{ 1740000000003.text }}',
      body: { nodes: [{ id: '1740000000003', type: 'llm' }], edges: [] },
    });
    expect(nodeOf(imported.definition, '1740000000002')).not.toHaveProperty('flatten');
  });
});

describe('loop', () => {
  const imported = importFixture('loop');

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'begin:8 start ~ begin(start)',
      'rounds:10 loop ~ rounds(loop)',
      'roundsstart:24 loop-start = rounds(loop)',
      'count:28 assigner = count(assign)',
      'enough:50 if-else = enough(condition)',
      'stop:67 loop-end ~ stop(break)',
      'reply:71 answer = reply(answer)',
    ]);
    expect(imported.notes).toEqual([
      {
        message: 'an edge of removed-case, an outcome that its node does not have, is left out',
        line: 83,
      },
    ]);
  });

  test('variables, conditions to stop, and a break', () => {
    expect(nodeOf(imported.definition, 'rounds')).toMatchObject({
      variables: { i: 0, guesses: ['first'], word: '{{ begin.query }}' },
      max_rounds: 10,
      until: { logic: 'or', conditions: [{ left: '{{ rounds.i }}', operator: '≥', right: 3 }] },
      body: {
        nodes: [
          {
            type: 'assign',
            items: [
              { target: 'rounds.i', operation: 'add', value: 1 },
              { target: 'rounds.guesses', operation: 'append', value: '{{ rounds.word }}' },
              { target: 'rounds.guesses', operation: 'remove_first' },
            ],
          },
          { type: 'condition' },
          { id: 'stop', type: 'break' },
        ],
        edges: [
          { from: 'count', to: 'enough' },
          { from: 'enough', to: 'stop', on: '0f9d-yes' },
        ],
      },
    });
    expect(nodeOf(imported.definition, 'reply')).toMatchObject({
      template: '{{ rounds.i }} of {{ rounds.rounds }}: {{ rounds.guesses }}',
    });
  });
});

describe('groups', () => {
  const imported = importFixture('groups');
  const { definition } = imported;

  test('every node has its row: comments and what cannot be reached are ignored', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'note-1:8 custom-note -',
      'vars:11 start = vars_2(start)',
      'if a!:19 if-else ~ node_if_a_(condition)',
      'one:45 template-transform = one(template)',
      'two:48 template-transform = two(template)',
      'stray:51 knowledge-retrieval -',
      'join:54 variable-aggregator = join(aggregator)',
      'finish:76 end = finish(end)',
    ]);
    expect(imported.notes).toEqual([
      { message: 'version "0.9.0" of the format is not known; it was read as 0.7', line: 4 },
      { message: 'an edge without a node at one of its ends is left out', line: 92 },
    ]);
  });

  test('conditions compare numbers as numbers and lists with their items', () => {
    expect(nodeOf(definition, 'node_if_a_')).toMatchObject({
      cases: [
        {
          id: 'c-and',
          conditions: [
            { left: '{{ vars_2.a }}', operator: '>', right: 1 },
            { left: '{{ vars_2.b }}', operator: '≠', right: '{{ vars_2.a }}' },
          ],
        },
        {
          id: 'c-or',
          logic: 'or',
          conditions: [
            { left: '{{ vars_2.a }}', operator: 'in', right: ['4', '5'] },
            { left: '{{ vars_2.b }}', operator: 'empty' },
          ],
        },
      ],
    });
  });

  test('a group is a value and no object', () => {
    expect(nodeOf(definition, 'join')).toMatchObject({
      groups: { first: ['{{ one.output }}', '{{ two.output }}'], second: ['{{ node_if_a_.case }}'] },
    });
    expect(nodeOf(definition, 'finish')).toMatchObject({
      outputs: { first: '{{ join.first }}', case: '{{ join.second }}' },
    });
  });
});

test('a list operator becomes code', () => {
  const imported = importFixture('lists');
  expect(imported.rows.map(inShort)).toEqual([
    'begin:7 start = begin(start)',
    'pick:20 list-operator ~ pick(code)',
    'finish:31 end = finish(end)',
  ]);
  expect(nodeOf(imported.definition, 'pick')).toMatchObject({
    language: 'javascript',
    inputs: {
      list: '{{ begin.words.all }}',
      filters: [{ operator: 'start with', value: 'a' }],
      serial: null,
      order: 'desc',
      limit: 2,
    },
  });
});

test('what cannot be imported is named, all of it, with what to do instead', () => {
  const result = importDify(readFixture('unsupported'), { secrets: 'move' });
  expect(result.rows.map(inShort)).toEqual([
    'begin:7 start = begin(start)',
    'knowledge:9 knowledge-retrieval !',
    'document:17 document-extractor !',
    'agent:19 agent !',
    'builtin:21 tool !',
    'plugin:23 tool !',
    'mcp:25 tool !',
    'api:27 tool !',
    'flow:29 tool !',
    'source:31 datasource !',
    'hook:33 trigger-webhook !',
    'timer:35 trigger-schedule !',
    'event:37 trigger-plugin !',
    'future:39 time-machine !',
    'files:41 if-else !',
    'form:55 human-input !',
    'finish:62 end = finish(end)',
  ]);
  const unsupported = result.rows.filter(({ status }) => status === 'unsupported');
  expect(result).toMatchObject({ ok: false, findings: [] });
  expect(result.ok || result.problems.map(({ nodeId }) => nodeId)).toEqual(
    unsupported.map(({ nodeId }) => nodeId),
  );
  expect(noteOf(result, 'flow')).toContain('call it with a subflow node');
  expect(noteOf(result, 'timer')).toContain('give it a schedule after the import');
});
