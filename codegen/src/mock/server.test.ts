import { expect, it, vi } from 'vitest';
import { serveMock, steam, teaHouse } from './testing/serve.ts';

const KEY = { authorization: 'Bearer any' };

it('answers with the first example of the document', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual([
    { id: 't1', name: 'Sencha' },
    { id: 't2', name: 'Oolong', grams: 40 },
  ]);
});

it('sends documented headers that have an example or must be there', async () => {
  const { url } = await serveMock();
  const { headers } = await fetch(`${url}/teas`);
  expect(headers.get('x-total-count')).toBe('2');
  expect(headers.get('x-page')).toMatch(/^p\d+$/);
  expect(headers.get('x-unsaid')).toBeNull();
});

it('makes a value where there is no example, from the schema and the examples in it', async () => {
  const { url } = await serveMock();
  const tea = await (await fetch(`${url}/teas/t1`, { headers: KEY })).json();
  expect(tea).toEqual({ id: expect.stringMatching(/^t\d+$/), name: 'Gyokuro', grams: expect.any(Number) });
});

it('makes the same values for the same seed, and others for another one', async () => {
  const ask = async (seed: number) => {
    const { url } = await serveMock({}, seed);
    return (await fetch(`${url}/teas/t1`, { headers: KEY })).text();
  };
  expect(await ask(1)).toBe(await ask(1));
  expect(await ask(2)).not.toBe(await ask(1));
});

it.each([
  ['example=none', 200, []],
  ['example=written', 200, [{ id: 't3', name: 'Matcha' }]],
  ['code=400', 400, { error: { code: 'bad_request', message: 'The limit is too big.' } }],
  ['code=503', 503, { error: { code: expect.any(String), message: expect.any(String) } }],
  ['code=200; example="none"', 200, []],
  ['handling=strict, wait=5', 200, [expect.objectContaining({ name: 'Sencha' }), expect.anything()]],
])('follows Prefer: %s', async (prefer, status, body) => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas`, { headers: { prefer } });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual(body);
});

it('says which preferences it followed', async () => {
  const { url } = await serveMock();
  const { headers } = await fetch(`${url}/teas`, {
    headers: { prefer: 'code=200, example=none, dynamic=false' },
  });
  expect(headers.get('preference-applied')).toBe('code=200, example=none');
});

it('makes a value in spite of examples when asked to', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas`, { headers: { prefer: 'dynamic=true' } });
  const teas: unknown = await answer.json();
  expect(teas).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'Gyokuro' })]));
});

it.each([
  ['code=418', 'documents no answer 418. It has 200, 400, 5XX'],
  ['example=five', 'has no example five. It has two, none, written'],
  ['code=teapot', 'code=teapot is no status'],
])('refuses Prefer: %s and says what there is', async (prefer, message) => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas`, { headers: { prefer } });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain(message);
});

it('answers with the media type that the client likes best', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas`, { headers: { accept: 'text/csv, application/json;q=0.5' } });
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(await answer.text()).toBe('id,name\nt1,Sencha\n');
});

it('answers with bytes where the document has nothing but a range of media types', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas/t1/picture`);
  expect(answer.headers.get('content-type')).toBe('image/png');
  expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(50);
});

it('answers nothing where the document has nothing', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas/t1`, { method: 'DELETE', headers: KEY });
  expect([answer.status, await answer.text()]).toEqual([204, '']);
});

it('refuses a faulty body with 422 where the document has it, in the words of its example', async () => {
  const { url, lines } = await serveMock();
  const answer = await fetch(`${url}/teas`, {
    method: 'POST',
    headers: { ...KEY, 'content-type': 'application/json' },
    body: '{"name":"a name that is too long","sort":"green"}',
  });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toEqual({
    error: { code: 'invalid_request', message: expect.stringContaining('/name must NOT have more than 10') },
  });
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toMatch(/^POST \/teas -> 422 addTea \(\d+ ms\)\n/);
  expect(lines[0]).toContain('  body /name must NOT have more than 10 characters\n');
  expect(lines[0]).toContain('  body /sort is not a known field\n');
});

it('refuses a faulty parameter with 400', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas?limit=9`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    error: { code: 'bad_request', message: expect.stringContaining('/limit must be <= 5') },
  });
});

it('keeps the words of an example that leaves no room for others', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/teas`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(await answer.json()).toEqual({ status: 401, detail: 'No key.' });
});

it('refuses in the words of RFC 9457 where the document has none', async () => {
  const { url, lines } = await serveMock();
  const answer = await fetch(`${url}/teas/t1`);
  expect(answer.status).toBe(401);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toEqual({
    type: 'about:blank',
    title: 'unauthenticated',
    status: 401,
    detail: 'This needs credentials, and none were sent.',
  });
  await vi.waitFor(() => expect(lines.join('')).toContain('  This needs credentials, and none were sent.\n'));
});

it('knows no path that no document has', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/coffee`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
});

it('answers below the path of the server that the document names, too', async () => {
  const { url } = await serveMock();
  expect((await fetch(`${url}/v1/teas`)).status).toBe(200);
  expect((await fetch(`${url}/v2/teas`)).status).toBe(404);
});

it('lets pages of other origins in', async () => {
  const { url } = await serveMock();
  const preflight = await fetch(`${url}/teas`, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://a.test',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-a',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
  expect(preflight.headers.get('access-control-allow-headers')).toBe('x-a');
  const answer = await fetch(`${url}/brews/b1/events`, { headers: { origin: 'http://a.test' } });
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://a.test');
  await answer.body?.cancel();
});

it('streams the examples of the messages in their order, the last word last', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/brews/b1/events`);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(await answer.text()).toBe(
    [
      'id: 1\ndata: {"type":"steeping","seconds":10}\n\n',
      'id: 2\ndata: {"type":"steeping","seconds":60}\n\n',
      'id: 3\ndata: {"type":"poured","cups":2}\n\n',
      'id: 4\ndata: {"type":"ready"}\n\n',
      'data: [DONE]\n\n',
    ].join(''),
  );
});

it('goes on after the event that a client has seen', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/brews/b1/events`, { headers: { 'last-event-id': '3' } });
  expect(await answer.text()).toBe('id: 4\ndata: {"type":"ready"}\n\ndata: [DONE]\n\n');
});

it('says 204 to a client that has seen all', async () => {
  const { url } = await serveMock();
  expect((await fetch(`${url}/brews/b1/events`, { headers: { 'last-event-id': '4' } })).status).toBe(204);
});

it('streams an example of a whole stream when it is asked for by name', async () => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/brews/b1/events`, { headers: { prefer: 'example=short' } });
  expect(await answer.text()).toBe('id: 7\ndata: {"type":"poured","cups":1}\n\ndata: [DONE]\n\n');
});

it.each([
  ['{"mode":"live"}', '*/*', 'text/event-stream'],
  ['{"mode":"wait"}', '*/*', 'application/json; charset=utf-8'],
  ['{}', 'text/event-stream', 'text/event-stream'],
  ['{}', '*/*', 'application/json; charset=utf-8'],
])('answers %s, accepting %s, with %s', async (body, accept, contentType) => {
  const { url } = await serveMock();
  const answer = await fetch(`${url}/brews`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json' },
    body,
  });
  expect(answer.headers.get('content-type')).toBe(contentType);
  await answer.text();
});

it('streams made events where nobody has written any, one of each kind', async () => {
  const { url } = await serveMock();
  const text = await (await fetch(`${url}/steam`)).text();
  expect(text).toMatch(/^id: 1\nevent: hiss\ndata: \{"bar":[\d.]+\}\n\nid: 2\nevent: quiet\ndata: .+\n\n$/);
});

it('waits between events and before answers', async () => {
  const { url } = await serveMock({ delay: 40, eventInterval: 30 });
  const start = performance.now();
  const answer = await fetch(`${url}/brews/b1/events`);
  expect(performance.now() - start).toBeGreaterThanOrEqual(39);
  await answer.text();
  expect(performance.now() - start).toBeGreaterThanOrEqual(40 + 3 * 30 - 4);
});

it('ends streams that are under way when it is stopped', async () => {
  const { url, stop } = await serveMock({ eventInterval: 600_000 });
  const answer = await fetch(`${url}/brews/b1/events`);
  const rest = answer.text();
  await stop();
  expect(await rest).toMatch(/^id: 1\ndata: .*\n\nretry: \d+\n\n$/);
  await expect(fetch(`${url}/teas`)).rejects.toThrow();
});

it('tells why it does not serve an operation, and serves the others', async () => {
  const { left, operations } = await steam();
  expect(left).toEqual([expect.stringMatching(/^STIR \/teas\/\{id\}\/steam is not served: Node v/)]);
  expect([...operations.keys()]).toEqual(['watchSteam']);
});

it('has nothing to say about examples that fit', async () => {
  expect((await teaHouse()).exampleFaults).toEqual([]);
});
