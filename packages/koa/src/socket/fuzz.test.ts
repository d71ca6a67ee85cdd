import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Client, type OpenedRoom, plainRoom, READY, serve } from './testing/serve.ts';

/** What a client may be told when a connection is closed on it, whatever it sends. */
const DOCUMENTED = [1005, 1009, 4400, 4401, 4429];

interface Sent {
  readonly frame: string | Buffer;
  /** The id of a request that is valid. */
  readonly request?: string;
}

const json = (value: unknown): Sent => ({ frame: JSON.stringify(value) });
const id = fc.string({ minLength: 1, maxLength: 8 });

const valid = fc.oneof(
  id.chain((name) =>
    fc
      .record({ text: fc.string() })
      .map(({ text }): Sent => ({ ...json({ type: 'say', id: name, text }), request: name })),
  ),
  id.map((name): Sent => ({ ...json({ type: 'ask', id: name }), request: name })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((at) => json({ type: 'look', at })),
  fc.constantFrom({ type: 'ping' }, { type: 'pong' }, { type: 'ping', data: { time: 1 } }).map(json),
);

/** Each in the wrong place or of the wrong kind, but JSON. */
const wrong = fc.oneof(
  fc
    .constantFrom<object>(
      { type: 'auth', token: 'Bearer ada' },
      { type: 'auth', token: 7 },
      { type: 'auth.ok', data: READY },
      { type: 'resume', data: {} },
      { type: 'resume', data: { epoch: 'e1', lastSeq: -1 } },
      { type: 'resume', data: { epoch: 'e2', lastSeq: Number.MAX_SAFE_INTEGER } },
      { type: 'ack', replyTo: '1' },
      { type: '__proto__' },
      { type: 'constructor' },
      { type: 'hasOwnProperty', id: 'x' },
      { type: ['say'] },
      [],
      [[]],
    )
    .map(json),
  fc
    .record({ type: fc.constantFrom('say', 'ask', 'look'), id: fc.jsonValue(), text: fc.jsonValue() })
    .map(json),
  fc.dictionary(fc.string(), fc.jsonValue()).map(json),
);

const garbage: fc.Arbitrary<Sent> = fc.oneof(
  fc
    .constantFrom('', 'null', '1', '"x"', '{"type":"look"', '{"__proto__":{"type":"look"}}', '\u0000', '{}}')
    .map((frame) => ({ frame })),
  fc.string({ unit: 'binary' }).map((frame) => ({ frame })),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => ({ frame: Buffer.from(bytes) })),
  fc.constant({ frame: '['.repeat(3000) }),
  fc.constant({ frame: `{"type":"say","id":"big","text":"${'x'.repeat(5000)}"}` }),
);

const session = fc.record({
  first: fc.oneof(
    { weight: 8, arbitrary: fc.constant(json({ type: 'auth', token: 'Bearer ada' })) },
    { weight: 1, arbitrary: wrong },
    { weight: 1, arbitrary: garbage },
  ),
  frames: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: valid },
      { weight: 3, arbitrary: wrong },
      { weight: 1, arbitrary: garbage },
    ),
    { maxLength: 40 },
  ),
  ending: fc.constantFrom('close' as const, 'cut' as const, 'ask' as const),
});

/** Reads frames until a request of its own is answered, or the connection ends. */
async function readAnswers(
  client: Client,
): Promise<{ answers: Map<unknown, number>; code: number | undefined }> {
  const answers = new Map<unknown, number>();
  try {
    for (;;) {
      const { type, replyTo } = await client.next();
      if (type === 'ack' && replyTo === 'the last one') return { answers, code: undefined };
      if (type === 'ack') answers.set(replyTo, (answers.get(replyTo) ?? 0) + 1);
    }
  } catch {
    return { answers, code: (await client.closed)[0] };
  }
}

test('whatever a client sends, it is answered, refused or closed as documented, and nobody else is harmed', async () => {
  const room: OpenedRoom = {
    ...plainRoom,
    subscribe: ({ after }) =>
      after?.lastSeq === 0
        ? (async function* () {
            yield { type: 'said', text: 'hello', seq: 1 };
          })()
        : { resumeFailed: { epoch: 'e1', lastSeq: 0, reason: 'ahead' } },
  };
  const { connect, join, errors, sockets } = await serve({ room: () => room }, { maxFrameBytes: 4096 });
  const witness = await join('bob');
  await witness.next();

  await fc.assert(
    fc.asyncProperty(session, async ({ first, frames, ending }) => {
      const client = await connect();
      const last = json({ type: 'say', id: 'the last one', text: '' });
      for (const { frame } of [first, ...frames, last]) client.socket.send(frame);
      if (ending === 'cut') client.socket.terminate();
      const { answers, code } = await readAnswers(client);
      if (code === undefined) {
        const asked = frames.flatMap(({ request }) => request ?? []);
        for (const name of asked)
          expect(answers.get(name)).toBe(asked.filter((other) => other === name).length);
      } else if (ending !== 'cut') expect(DOCUMENTED).toContain(code);
      client.socket.terminate();
      await client.closed;
    }),
    { numRuns: 150 },
  );

  expect(errors).toEqual([]);
  witness.send({ type: 'ping', data: { still: 'here' } });
  expect(await witness.next()).toEqual({ type: 'pong', data: { still: 'here' } });
  expect(sockets.connections).toBeLessThanOrEqual(2);
});
