import { describe, expect, test } from 'vitest';
import { importFixture, inShort, nodeOf, noteOf, readFixture } from './fixtures/load.ts';
import { importDify } from './import.ts';

describe('http-old', () => {
  const imported = importFixture('http-old');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'begin:12 start = begin(start)',
      'choose:18 if-else = choose(condition)',
      'fetch:32 http-request = fetch(http)',
      'post:45 http-request ~ post(http)',
      'either:56 variable-assigner = either(aggregator)',
      'finish:64 end = finish(end)',
    ]);
  });

  test('lines of text become headers, parameters and fields; credentials are moved', () => {
    expect(nodeOf(definition, 'fetch')).toEqual({
      id: 'fetch',
      title: 'Fetch',
      type: 'http',
      method: 'GET',
      url: '{{ env.base_url }}/v1?units=metric&token={{ secret.FETCH_TOKEN }}&lang=en',
      headers: {
        Accept: 'application/json',
        'X-API-Key': '{{ secret.FETCH_X_API_KEY }}',
        'X-Trace': '{{ sys.run_id }}',
      },
      query: { city: '{{ begin.city }}', flag: '' },
      auth: { type: 'bearer', token: '{{ secret.WEATHER_KEY }}' },
      accept_errors: true,
    });
    expect(nodeOf(definition, 'post')).toMatchObject({
      body: {
        type: 'form',
        content: { city: '{{ begin.city }}', note: 'a:b', password: '{{ secret.POST_PASSWORD }}' },
      },
      timeout_ms: 90_000,
    });
    expect(imported.secrets).toEqual([
      { name: 'WEATHER_KEY', value: 'wk-1234567890', line: 8 },
      { name: 'FETCH_TOKEN', value: 'tok-abcdef', line: 37, nodeId: 'fetch' },
      { name: 'FETCH_X_API_KEY', value: 'key-abcdef', line: 41, nodeId: 'fetch' },
      { name: 'POST_PASSWORD', value: 'hunter22', line: 54, nodeId: 'post' },
    ]);
  });

  test('constants, the aggregator and the renamed status', () => {
    expect(definition.environment).toEqual({ base_url: 'https://weather.example.com', retries: 3 });
    expect(nodeOf(definition, 'either')).toMatchObject({ values: ['{{ fetch.body }}', '{{ post.body }}'] });
    expect(nodeOf(definition, 'finish')).toMatchObject({
      outputs: { report: '{{ either.output }}', status: '{{ fetch.status }}' },
    });
  });

  test('secrets are refused when they may not be moved, without telling them', () => {
    const result = importDify(readFixture('http-old'), { secrets: 'refuse' });
    expect(result).toMatchObject({ ok: false, findings: [] });
    expect(result.ok || result.problems.map(({ line, nodeId }) => [line, nodeId])).toEqual([
      [8, undefined],
      [37, 'fetch'],
      [41, 'fetch'],
      [54, 'post'],
    ]);
    expect(JSON.stringify(result)).not.toMatch(/wk-1234567890|tok-abcdef|key-abcdef|hunter22/);
  });
});

describe('http-new', () => {
  const imported = importFixture('http-new');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'start-1:12 start ~ start-1(start)',
      'json:20 http-request ~ json(http)',
      'raw:47 http-request = raw(http)',
      'form:58 http-request ~ form(http)',
      'bytes:73 http-request ~ bytes(http)',
      'text:84 http-request = text(http)',
      'done:99 end = done(end)',
      'failed:102 end = failed(end)',
    ]);
    expect(imported.notes).toEqual([
      { message: 'create the secret SHOP_PASSWORD: its value is not in the file', line: 8 },
    ]);
  });

  test('a failing request is tried again and takes the branch of its failure', () => {
    expect(nodeOf(definition, 'json')).toEqual({
      id: 'json',
      title: 'Order',
      type: 'http',
      method: 'POST',
      url: 'https://shop.example.com/orders',
      headers: { 'Content-Type': 'application/json' },
      auth: { type: 'basic', username: '{{ env.SHOP_USER }}', password: '{{ secret.SHOP_PASSWORD }}' },
      body: {
        type: 'json',
        content: { title: '{{ start-1.title }}', copies: 2, api_key: '{{ secret.JSON_API_KEY }}' },
      },
      timeout_ms: 45_000,
      retry: { max_attempts: 3, backoff_ms: 250, max_backoff_ms: 250 },
      on_error: 'branch',
    });
    expect(definition.edges).toContainEqual({ from: 'json', to: 'text', on: 'error' });
    expect(nodeOf(definition, 'text')).toMatchObject({
      body: { type: 'text', content: 'failed: {{ json.error_message }} {{ json.error_code }}' },
    });
  });

  test.each([
    ['raw', { type: 'text', content: '{"order": {{ json.body }}}', content_type: 'application/json' }],
    ['form', { type: 'multipart', content: { title: '{{ start-1.title }}', sheet: '{{ start-1.sheet }}' } }],
    ['bytes', { type: 'binary', content: '{{ start-1.sheet.base64 }}' }],
  ])('the body of %s', (id, body) => {
    expect(nodeOf(definition, id)).toMatchObject({ body, accept_errors: true });
  });

  test('a key of its own header, and one in a header line', () => {
    expect(nodeOf(definition, 'raw')).toMatchObject({
      auth: { type: 'api_key', name: 'X-Shop', value: '{{ secret.RAW_X_SHOP }}' },
    });
    expect(nodeOf(definition, 'form')).toMatchObject({
      headers: { Authorization: 'Bearer {{ secret.FORM_AUTHORIZATION }}' },
    });
  });
});

describe('failures', () => {
  const imported = importFixture('failures');
  const { definition } = imported;

  test('every node has its row', () => {
    expect(imported.rows.map(inShort)).toEqual([
      'begin:7 start = begin(start)',
      'write:9 llm ~ write(llm) write_result(aggregator)',
      'count:19 code ~ count(code) count_result(aggregator)',
      'alone:32 code ~ alone(code)',
      'finish:41 end = finish(end)',
    ]);
    expect(noteOf(imported, 'alone')).toBe('a failure ends the run, where Dify goes on without the outputs');
    expect(noteOf(imported, 'count')).toContain('the default value of gone is not kept');
  });

  test('an aggregator holds the outputs or the default values', () => {
    expect(nodeOf(definition, 'write')).toMatchObject({
      on_error: 'branch',
      retry: { max_attempts: 10, backoff_ms: 100, max_backoff_ms: 100 },
    });
    expect(nodeOf(definition, 'write_result')).toMatchObject({
      groups: {
        text: ['{{ write.text }}', 'No {{ env.OPEN_BRACES }} words }}'],
        error_code: ['{{ write.error_code }}'],
      },
    });
    expect(nodeOf(definition, 'count_result')).toMatchObject({
      groups: { words: ['{{ count.words }}', 0], parts: ['{{ count.parts }}', [1, 2]] },
    });
    expect(nodeOf(definition, 'finish')).toMatchObject({
      outputs: { words: '{{ count_result.words }}', why: '{{ count_result.error_message }}' },
    });
    expect(definition.edges).toEqual(
      expect.arrayContaining([
        { from: 'write', to: 'write_result' },
        { from: 'write', to: 'write_result', on: 'error' },
        { from: 'write_result', to: 'count' },
      ]),
    );
  });
});
