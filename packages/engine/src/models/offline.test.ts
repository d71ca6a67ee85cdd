import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../events.ts';
import type { ModelRequest } from '../ports.ts';
import { createOfflineModel } from './offline.ts';
import { piecesOf, sentencesOf } from './text.ts';

const never = new AbortController().signal;

async function ask(content: string, more: Partial<ModelRequest> = {}) {
  const texts: string[] = [];
  for await (const chunk of createOfflineModel().stream(
    { messages: [{ role: 'user', content }], ...more },
    never,
  )) {
    if (chunk.type === 'finish') return { text: texts.join(''), chunks: texts.length, ...chunk };
    if (chunk.type === 'text') texts.push(chunk.text);
  }
  throw new Error('no finish');
}

const BRIDGE = `The old bridge over the river was closed on Monday. Engineers found cracks in two pillars of the bridge.
The city plans to repair the bridge within six months. Local shops fear losing customers while the bridge is closed.
A ferry will carry people across the river. The weather was sunny. Tickets for the ferry cost two euros.`;

const CV = `Jane Doe is a software engineer. She has eight years of experience with TypeScript and PostgreSQL.
At Acme she led the migration of a TypeScript monolith to Kubernetes. She wrote PostgreSQL extensions and teaches Kubernetes.
Languages: English, German`;

const CHINESE =
  '昨天，市政府宣布关闭旧桥。工程师在桥墩上发现了裂缝。维修预计需要六个月。渡轮将运送乘客过河。天气很好。';

test('a summary has as many sentences as asked for, all of them from the text and in its order', async () => {
  const { text, model, finishReason } = await ask(
    `Summarise the text below in three sentences.\n\n${BRIDGE}`,
  );
  const sentences = text.split(/(?<=\.) /);
  expect(sentences).toHaveLength(3);
  const places = sentences.map((sentence) => BRIDGE.indexOf(sentence));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(text).not.toContain('sunny');
  expect([model, finishReason]).toEqual(['offline', 'stop']);
});

test('a Chinese summary keeps Chinese sentences', async () => {
  const { text } = await ask(`请用两句话总结以下内容：\n\n${CHINESE}`);
  expect(text.match(/。/g)).toHaveLength(2);
  for (const sentence of text.split('。').filter(Boolean)) expect(CHINESE).toContain(sentence);
});

test('skills and keywords are listed, the most frequent names first', async () => {
  const { text } = await ask(`Name the five most important skills in the CV below.\n\n${CV}`);
  const lines = text.split('\n');
  expect(lines).toHaveLength(5);
  expect(lines.slice(0, 3).sort()).toEqual(['- Kubernetes', '- PostgreSQL', '- TypeScript']);
});

describe('a choice is one of the options and nothing else', () => {
  test.each([
    [`Answer with one word, yes or no: does the person know TypeScript?\n\n${CV}`, 'yes'],
    [`Answer with one word, yes or no: does the person know accounting and tax law?\n\n${CV}`, 'no'],
    [`Which topic is it? Answer with one of: sports, bridge, music.\n\n${BRIDGE}`, 'bridge'],
    [`Answer with one of: billing, technical, other\n\nMy technical question is about the API.`, 'technical'],
    [`Answer with one of: billing, technical, other\n\nHello there.`, 'other'],
    ['请回答是或否：文本提到渡轮吗？\n\n渡轮将运送乘客过河。', '是'],
  ])('%s', async (prompt, want) => {
    expect((await ask(prompt)).text).toBe(want);
  });
});

test('JSON fields come from labelled lines and sentences, null where there is nothing', async () => {
  const { text } = await ask(`Answer as JSON with keys languages, migration and salary.\n\n${CV}`);
  expect(JSON.parse(text)).toEqual({
    languages: 'English, German',
    migration: 'At Acme she led the migration of a TypeScript monolith to Kubernetes.',
    salary: null,
  });
});

test('a score stays in its range', async () => {
  const { text } = await ask(`Score from 1 to 10 how well TypeScript and Kubernetes are covered.\n\n${CV}`);
  expect(Number(text)).toBeGreaterThanOrEqual(1);
  expect(Number(text)).toBeLessThanOrEqual(10);
});

test('a system message can be the instruction', async () => {
  const messages = [
    { role: 'system' as const, content: 'Summarise what the user says in one sentence.' },
    { role: 'user' as const, content: BRIDGE },
  ];
  const { text } = await ask('', { messages });
  expect(BRIDGE).toContain(text);
});

test('an instruction may follow its text', async () => {
  expect((await ask(`${BRIDGE}\n\nSummarise the text above in one sentence.`)).text).toMatch(/bridge/);
});

test('what it cannot do it says, in the language of the question', async () => {
  expect((await ask('Write a poem about the sea.')).text).toMatch(/No language model is configured/);
  expect((await ask('写一首关于大海的诗')).text).toMatch(/未配置语言模型/);
});

test('it streams in small pieces, always the same, and stops at the token limit', async () => {
  const prompt = `Summarise the text below in three sentences.\n\n${BRIDGE}`;
  const [first, second] = [await ask(prompt), await ask(prompt)];
  expect(first).toEqual(second);
  expect(first.chunks).toBeGreaterThan(20);
  expect(first.tokens.completion).toBe(Math.ceil(first.text.length / 4));
  const short = await ask(prompt, { maxOutputTokens: 5 });
  expect(short.finishReason).toBe('length');
  expect(short.tokens.completion).toBeLessThanOrEqual(5);
});

test('a hostile prompt of a million characters is answered with less than two seconds of work', async () => {
  const begun = process.cpuUsage();
  await ask(`Summarise:\n\n${'a'.repeat(500_000)} ${': '.repeat(250_000)}`);
  await ask(`${'one of '.repeat(100_000)}\n\nx`);
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(2_000);
});

test('a hostile schema and text are answered with less than three seconds of work', async () => {
  const begun = process.cpuUsage();
  const names = Array.from(
    { length: 2_000 },
    (_, index) => `${['tags', 'summary', 'is', 'x'][index % 4]}_${index}`,
  );
  const properties = Object.fromEntries(
    names.map((name) => [name, { type: name.startsWith('is') ? 'boolean' : 'string' }]),
  );
  await ask(`${'a: b, '.repeat(80_000)}${'word '.repeat(100_000)}`, {
    answerSchema: { type: 'object', properties },
  });
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(3_000);
});

test('long texts are cut into pieces that join to them, between characters', () => {
  for (const text of ['word '.repeat(999), '😀'.repeat(1_500), '旧桥'.repeat(1_500), 'x'.repeat(2_500)]) {
    const pieces = [...piecesOf(text)];
    expect(pieces.join('')).toBe(text);
    expect(pieces.join('|')).not.toMatch(/[\uD800-\uDBFF]\|/);
  }
});

test('a sentence goes on over a break that comes because the line was full', () => {
  const text =
    'In six years there I moved one hundred and forty nightly jobs from shell\nscripts to a pipeline.\nA short line\nAnother one.';
  expect(sentencesOf(text)).toEqual([
    'In six years there I moved one hundred and forty nightly jobs from shell scripts to a pipeline.',
    'A short line',
    'Another one.',
  ]);
});

describe('an answer schema is filled from the text', () => {
  const fill = async (properties: JsonObject, content: string, more: JsonObject = {}) =>
    JSON.parse((await ask(content, { answerSchema: { type: 'object', properties, ...more } })).text);

  const order = 'Order number: A-7, amount: 1,250.50 euros\nThe parcel weighs 3 kg. Urgent: no';

  test('with what stands there under a name or a description', async () => {
    const properties = {
      order_number: { type: 'string' },
      nr: { type: 'string', description: 'The order number' },
      amount: { type: 'number' },
      weighs: { type: 'integer' },
      urgent: { type: 'boolean' },
    };
    expect(await fill(properties, order)).toEqual({
      order_number: 'A-7',
      nr: 'A-7',
      amount: 1250.5,
      weighs: 3,
      urgent: false,
    });
  });

  test('in Chinese too', async () => {
    const properties = { id: { type: 'string', description: '订单号' }, 金额: { type: 'number' } };
    expect(await fill(properties, '订单号：A-7，金额：99')).toEqual({ id: 'A-7', 金额: 99 });
  });

  test('with null where it is allowed, nothing where it may be missing, and no made-up numbers', async () => {
    const properties = {
      colour: { type: ['string', 'null'] },
      size: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      maker: { type: 'string' },
      price: { type: 'number' },
      tags: { type: 'array', items: { type: 'object' } },
      note: { type: 'string' },
    };
    expect(await fill(properties, 'Nothing.', { required: ['maker', 'price', 'tags'] })).toEqual({
      colour: null,
      size: null,
      maker: '',
      price: null,
      tags: [],
    });
  });

  test('with the option that shares most words, its line in the instruction included; else the last', async () => {
    const kind = { enum: ['bill', 'parcel_lost', 'rest'] };
    expect(await fill({ kind }, 'My parcel is lost')).toEqual({ kind: 'parcel_lost' });
    expect(await fill({ kind }, 'Hello', { required: ['kind'] })).toEqual({ kind: 'rest' });
    const messages = [
      { role: 'system' as const, content: '- bill: refunds and invoices\n- rest: anything' },
      { role: 'user' as const, content: 'I want a refund' },
    ];
    const answerSchema = { type: 'object', properties: { kind } };
    expect(JSON.parse((await ask('', { messages, answerSchema })).text)).toEqual({ kind: 'bill' });
  });

  test('with its own terms and sentences, without the instruction before it', async () => {
    const properties = {
      summary: { type: 'string' },
      skills: { type: 'array', items: { $ref: '#/$defs/Skill' }, maxItems: 3 },
      languages: { type: 'array', items: { type: 'string' } },
      person: { type: 'object', properties: { title: { type: 'string' } } },
    };
    const $defs = { Skill: { type: 'string' } };
    const filled = await fill(properties, `Summarise the CV below, with its skills.\n\n${CV}`, { $defs });
    expect([...filled.skills].sort()).toEqual(['Kubernetes', 'PostgreSQL', 'TypeScript']);
    expect(filled.languages).toEqual(['English', 'German']);
    expect(filled.summary).not.toContain('Summarise');
    expect(CV).toContain(filled.person.title);
  });

  test('always in the same way, and references that lead in circles end', async () => {
    const $defs = { Loop: { $ref: '#/$defs/Loop' } };
    expect(await fill({ a: { $ref: '#/$defs/Loop' }, b: { $ref: '#/$defs/None' } }, 'x', { $defs })).toEqual(
      {},
    );
    const tree = {
      type: 'object',
      properties: { left: { $ref: '#/$defs/Tree' }, right: { $ref: '#/$defs/Tree' } },
    };
    await fill({ root: { $ref: '#/$defs/Tree' } }, 'x', { $defs: { Tree: tree } });
    const both = [await fill({ summary: {} }, BRIDGE), await fill({ summary: {} }, BRIDGE)];
    expect(both[0]).toEqual(both[1]);
  });
});

test('it stops before a stop sequence', async () => {
  const { text } = await ask(`Summarise the text below in three sentences.\n\n${BRIDGE}`, {
    stop: ['bridge', 'x'],
  });
  expect(text).not.toContain('bridge');
  expect(BRIDGE).toContain(text);
});

test('it calls no tools, and estimates the tokens of tools, calls and images', async () => {
  const { tokens: plain } = await ask('Describe it.');
  const messages: ModelRequest['messages'] = [
    { role: 'user', content: 'Describe it.', images: [{ url: 'https://example.org/a.png' }] },
    { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'look', arguments: {} }] },
    { role: 'tool', toolCallId: '1', name: 'look', content: 'A cat sits.' },
  ];
  const tools = [{ name: 'look', description: 'Looks.', parameters: {} }];
  const { tokens, text } = await ask('', { messages, tools });
  expect(text).toMatch(/No language model is configured/);
  const json = JSON.stringify(messages[1]).length - '{"role":"assistant","content":"","toolCalls":}'.length;
  const more = [json, 'A cat sits.'.length, JSON.stringify(tools).length].map((length) =>
    Math.ceil(length / 4),
  );
  expect(tokens.prompt).toBe(plain.prompt + 765 + more.reduce((sum, one) => sum + one));
});
