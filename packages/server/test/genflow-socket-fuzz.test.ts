import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Validator } from '@flowwire/client';
import { genflowServer } from '@flowwire/contract/genflow/server';
import { bindSockets, type SocketHandlers } from '@flowwire/koa';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { parse } from 'yaml';

type Frame = Readonly<Record<string, unknown>>;

const { realtime } = genflowServer.channels;
const validators: Readonly<Record<string, Validator<unknown>>> = genflowServer.clientMessages.realtime;
const asked = new Set(realtime.client.filter(({ replies }) => replies !== undefined).map(({ type }) => type));

/** The examples of what a client says, as the document has them. */
async function readExamples(): Promise<Frame[]> {
  const path = new URL('../../../specs/genflow/asyncapi.yaml', import.meta.url);
  const document: unknown = parse(await readFile(path, 'utf8'), { merge: true });
  const found: Frame[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key === 'examples' && Array.isArray(member))
        found.push(...member.flatMap(({ payload }) => payload ?? []));
      else visit(member);
    }
  };
  visit(Reflect.get(Object(Reflect.get(Object(document), 'components')), 'messages'));
  return found.filter(
    ({ type }) => asked.has(String(type)) || /^(cursor|selection)\.update$/.test(String(type)),
  );
}

const ack = () => ({ type: 'ack' as const });

/** Handlers that take whatever is valid. */
const handlers: SocketHandlers<typeof genflowServer, string> = {
  realtime: ({ id }) => ({
    ready: {
      connectionId: id,
      epoch: 'e1',
      lastSeq: 0,
      heartbeatMs: 25_000,
      limits: { maxFrameBytes: 65_536, framesPerMinute: 1_000_000, requestsPerMinute: 1_000_000 },
      expiresAt: 1_700_000_000_000,
    },
    messages: {
      'request.suggestion': ack,
      'request.analysis': ack,
      'request.outline': () => ({ type: 'error', data: { code: 'AI_001', message: 'No model.' } }),
      feedback: ack,
      'stage.select': ack,
      'edit.apply': ack,
      'edit.undo': ack,
      'edit.redo': ack,
      'cursor.update': () => {},
      'selection.update': () => {},
      'completion.accept': ack,
    },
  }),
};

async function serve() {
  const errors: unknown[] = [];
  const sockets = bindSockets(genflowServer, handlers, {
    authenticate: ({ token }) => ({ ok: true, context: token }),
    problem: ({ message }) => ({ type: 'error', data: { code: 'REQ_001', message } }),
    onError: (error) => errors.push(error),
    rates: { perMinute: 1_000_000 },
    maxConnectionsPerCaller: 1000,
    validateReplies: true,
  });
  const http = createServer();
  http.on('upgrade', (request, socket, head) => {
    if (!sockets.handleUpgrade(request, socket, head)) socket.destroy();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(async () => {
    await sockets.close();
    http.close();
  });
  const { port } = http.address() as AddressInfo; // It listens on TCP.
  return { url: `ws://127.0.0.1:${port}/api/genflow/sessions/s1/realtime`, errors };
}

/** The places of all members of a value. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const inner = Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
  return path.length === 0 ? inner : [[...path], ...inner];
}

/** A copy of a value with another member at a place; without it for undefined. */
function withMember(value: unknown, [key, ...rest]: readonly string[], member: unknown): unknown {
  if (key === undefined) return member;
  const copy: Record<string, unknown> = { ...Object(value) };
  const next = withMember(copy[key], rest, member);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return Array.isArray(value) ? Object.values(copy) : copy;
}

const mutation = fc.record({
  at: fc.nat(),
  member: fc.oneof(
    fc.constant(undefined),
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('', 'x'.repeat(5000), -1, 1e300, {}, [], null, true, 'edit.apply', '\u0000', '\ud800'),
  ),
  extra: fc.option(
    fc.dictionary(fc.constantFrom('extra', '__proto__x', 'data', 'id'), fc.jsonValue({ maxDepth: 1 })),
    {
      freq: 3,
    },
  ),
});

function mutate(
  example: Frame,
  { at, member, extra }: { at: number; member: unknown; extra: object | null },
): unknown {
  const paths = pathsOf(example);
  const changed = withMember(example, paths[at % paths.length] ?? [], member);
  return extra ? { ...Object(changed), ...extra } : changed;
}

interface Expected {
  readonly answers: Map<unknown, number>;
  readonly refusals: number;
}

/** What the contract's own validators say should come of these messages. */
function judge(messages: readonly unknown[]): Expected {
  const answers = new Map<unknown, number>();
  let refusals = 0;
  for (const message of messages) {
    const type: unknown = Reflect.get(Object(message), 'type');
    if (typeof type !== 'string' || !Object.hasOwn(validators, type) || !validators[type]?.(message))
      refusals += 1;
    else if (asked.has(type)) {
      const id: unknown = Reflect.get(Object(message), 'id');
      answers.set(id, (answers.get(id) ?? 0) + 1);
    }
  }
  return { answers, refusals };
}

/** Says all messages on one connection, and counts what is answered. */
async function converse(url: string, messages: readonly unknown[]): Promise<Expected> {
  const socket = new WebSocket(url);
  const answers = new Map<unknown, number>();
  let refusals = 0;
  const done = new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      const { type, replyTo, data: said } = JSON.parse(String(data));
      if (type === 'pong') resolve();
      else if (type === 'error' && said.code === 'REQ_001') refusals += 1;
      else if (type !== 'auth.ok') answers.set(replyTo, (answers.get(replyTo) ?? 0) + 1);
    });
    socket.on('close', (code, reason) => reject(new Error(`closed: ${code}, ${reason}`)));
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'auth', token: 'Bearer key-of-ada' }));
  for (const message of messages) socket.send(JSON.stringify(message));
  // A ping is not kept waiting by messages, but these take no time.
  const last = { id: 'the-last', type: 'edit.undo' };
  socket.on('message', (data) => {
    if (JSON.parse(String(data)).replyTo === 'the-last') socket.send('{"type":"ping"}');
  });
  socket.send(JSON.stringify(last));
  await done;
  answers.delete('the-last');
  socket.removeAllListeners('close');
  socket.terminate();
  return { answers, refusals };
}

test('every valid message is answered once and every other refused, as the document’s schemas say', async () => {
  const examples = await readExamples();
  expect(new Set(examples.map(({ type }) => type)).size).toBe(asked.size + 2);
  const { url, errors } = await serve();
  const message = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...examples) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...examples), mutation)
        .map(([example, how]) => mutate(example, how)),
    },
  );
  // A member named __proto__ ends the connection, which tests of the reader see to.
  const sendable = message.filter(
    (value) => typeof value === 'object' && value !== null && !JSON.stringify(value).includes('"__proto__":'),
  );
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(sendable, { minLength: 1, maxLength: 12 }), async (messages) => {
      const expected = judge(messages);
      refused += expected.refusals;
      expect(await converse(url, messages)).toEqual(expected);
    }),
    { numRuns: 150 },
  );
  expect(refused).toBeGreaterThan(100);
  expect(errors).toEqual([]);
});
