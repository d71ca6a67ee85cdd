import { describe, expect, test, vi } from 'vitest';
import { checkClose, judgeClose } from './close-codes.ts';
import { failure, open, useSocketServer, welcomed } from './testing/harness.ts';
import { said } from './testing/server.ts';

const served = useSocketServer();
const documented = [
  { code: 1000, reason: 'Come again.', retry: true },
  { code: 4401, reason: 'No key.', retry: true },
  { code: 4123, reason: 'Never.', retry: false },
];

test.each<[string, number, typeof documented, string]>([
  ['a normal close is the end', 1000, [], 'end'],
  ['a lost connection is made again', 1006, [], 'retry'],
  ['a close without a code is a lost connection', 1005, [], 'retry'],
  ['a server that goes away comes back', 1001, [], 'retry'],
  ['a server that restarts comes back', 1012, [], 'retry'],
  ['an error of the protocol would come again', 1002, [], 'fail'],
  ['a breach of policy would come again', 1008, [], 'fail'],
  ['a frame that is too large would come again', 1009, [], 'fail'],
  ['a refusal would come again', 4403, [], 'fail'],
  ['a time-out may pass', 4408, [], 'retry'],
  ['a flood may pass', 4429, [], 'retry'],
  ['what nobody knows may pass', 4999, [], 'retry'],
  ['the document decides before the rule', 4401, documented, 'retry'],
  ['the document decides for codes of its own', 4123, documented, 'fail'],
  ['the document may want normal ends made again', 1000, documented, 'retry'],
])('%s', (_name, code, codes, action) => {
  expect(judgeClose(code, '', codes).action).toBe(action);
});

test('clients of a server that restarts come back over a longer time', () => {
  expect(judgeClose(1012, '', []).delayMs).toBeGreaterThan(judgeClose(1006, '', []).delayMs);
});

test.each([
  [1001, ''],
  [5000, ''],
  [1000.5, ''],
  [1000, '写'.repeat(42)],
])('a socket cannot be closed with %d and %j', (code, reason) => {
  expect(() => checkClose(code, reason)).toThrow(TypeError);
});

describe('closing', () => {
  test('tells the server why, and ends everything', async () => {
    const states: string[] = [];
    const { socket, peer } = await welcomed({ onState: (state) => states.push(state) });
    const messages = socket[Symbol.asyncIterator]();
    const waiting = messages.next();
    socket.close(4000, 'bye');
    socket.close();
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(await peer.closed).toEqual({ code: 4000, reason: 'bye' });
    expect(states).toEqual(['open', 'closed']);
  });

  test('what was sent before goes out', async () => {
    const { socket, peer } = await welcomed();
    await socket.send({ type: 'look', at: 1 });
    socket.close();
    expect(await peer.next()).toEqual({ type: 'look', at: 1 });
  });

  test('happens when a loop is left', async () => {
    const { socket, peer } = await welcomed();
    peer.send(said(1), said(2));
    for await (const _ of socket) break;
    expect(socket.state).toBe('closed');
    expect((await peer.closed).code).toBe(1000);
  });

  test('before there is a connection opens none', async () => {
    const socket = open();
    socket.close();
    expect((await failure(socket.opened)).type).toBe('aborted');
  });

  test('wakes a socket that waits to connect again', async () => {
    const { socket, peer } = await welcomed({ onReconnect: () => setImmediate(() => socket.close()) });
    peer.socket.close(1012);
    expect((await socket[Symbol.asyncIterator]().next()).done).toBe(true);
  });
});

describe('an abort', () => {
  test('fails the iteration, what waits and what is under way', async () => {
    const controller = new AbortController();
    const { socket, peer } = await welcomed({ signal: controller.signal });
    const request = failure(socket.request({ type: 'say', text: 'a' }));
    const next = failure(socket[Symbol.asyncIterator]().next());
    controller.abort();
    expect((await request).type).toBe('aborted');
    expect((await next).type).toBe('aborted');
    await peer.closed;
  });

  test('before the start opens nothing', async () => {
    const socket = open({ signal: AbortSignal.abort() });
    expect((await failure(socket.opened)).type).toBe('aborted');
  });

  test('stops a wait for the credential', async () => {
    const controller = new AbortController();
    const socket = open({ signal: controller.signal }, { auth: () => new Promise(() => {}) });
    setImmediate(() => controller.abort());
    expect((await failure(socket.opened)).type).toBe('aborted');
  });
});

test('nothing that nobody waits for goes unhandled', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const { peer } = await welcomed();
  peer.socket.close(4401);
  await peer.closed;
  await new Promise(setImmediate);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(served.server.url).toBeDefined();
});
