import type { SocketPosition } from '@flowwire/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';

/** A log whose messages are their own numbers; those without one are negative. */
function start(options: { resumeFrom?: SocketPosition; canResume?: boolean; maxHeld?: number } = {}) {
  const said: unknown[] = [];
  const log = createLog<number>(
    {
      deliver: (message) => said.push(message),
      resume: (position) => said.push({ ...position }),
      gap: () => said.push('gap'),
      overflow: () => said.push('overflow'),
    },
    { resumeFrom: options.resumeFrom, canResume: options.canResume ?? true, maxHeld: options.maxHeld ?? 100 },
  );
  const accept = (...seqs: number[]) => {
    for (const seq of seqs) log.accept(seq, seq < 0 ? undefined : seq);
  };
  return { log, said, accept };
}

const at = (lastSeq: number, epoch = 'e1'): SocketPosition => ({ epoch, lastSeq });

test('a first connection begins at the log’s end', () => {
  const { log, said, accept } = start();
  log.ready(at(7));
  accept(8, 9);
  expect(said).toEqual([8, 9]);
  expect(log.position).toEqual(at(9));
});

test('messages that are not in the log pass at once', () => {
  const { log, said, accept } = start();
  accept(-1);
  log.ready(at(7));
  accept(9, -2, 8);
  expect(said).toEqual([-1, at(7), -2, 8, 9]);
});

test('nothing is asked for where nothing was missed', () => {
  const { log, said } = start({ resumeFrom: at(7) });
  log.ready(at(7));
  expect(said).toEqual([]);
  expect(log.isResuming).toBe(false);
});

test('what was missed is asked for, and what comes ahead of it waits', () => {
  const { log, said, accept } = start({ resumeFrom: at(3) });
  log.ready(at(6));
  expect(log.isResuming).toBe(true);
  accept(7, 4, 5, 6, 7, 8);
  expect(said).toEqual([at(3), 4, 5, 6, 7, 8]);
  expect(log.isResuming).toBe(false);
});

test('a hole in a connection is asked for', () => {
  const { log, said, accept } = start();
  log.ready(at(0));
  accept(1, 4, 5);
  expect(said).toEqual([1, at(1)]);
  accept(2, 3);
  expect(said).toEqual([1, at(1), 2, 3, 4, 5]);
});

test('a hole that cannot be asked for is told', () => {
  const { log, said, accept } = start({ canResume: false });
  log.ready(at(0));
  accept(1, 4, 3, 5);
  expect(said).toEqual([1, 'gap', 4, 5]);
  log.ready(at(9));
  expect(said.at(-1)).toBe('gap');
});

test.each([
  ['another log', at(5, 'e2')],
  ['a log that lost its end', at(5)],
])('nothing of %s counts before the server has said where it goes on', (_name, end) => {
  const { log, said, accept } = start({ resumeFrom: at(7) });
  log.ready(end);
  accept(8, 6, 7);
  expect(said).toEqual([at(7)]);
  log.resumeFailed({ ...end, lastSeq: 6 });
  expect(said).toEqual([at(7), 7, 8]);
  expect(log.position).toEqual({ ...end, lastSeq: 8 });
});

test('no more is held than is allowed', () => {
  const { log, said, accept } = start({ maxHeld: 2 });
  log.ready(at(0));
  accept(3, 4, 5);
  expect(said).toEqual([at(0), 'overflow']);
});

test('without a position of the server’s all messages pass', () => {
  const { log, said, accept } = start();
  log.ready(undefined);
  accept(5, 3);
  expect(said).toEqual([5, 3]);
});

/** Whatever a network does to a server's frames short of changing them: repeats, and lost ends. */
test('any losses, repeats and live messages ahead of a replay bring each message once and in order', () => {
  const step = fc.record({
    /** How many new messages the log gains while the connection lives. */
    gained: fc.nat(6),
    /** How many of the frames of the connection come before it breaks. */
    reached: fc.nat(30),
    /** Messages that the server sends again though the client has them. */
    repeated: fc.nat(3),
    /** New messages that overtake the replay. */
    ahead: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const { log, said } = start();
      let end = 0;
      const frames: number[] = [];
      const connect = (repeated: number, ahead: number) => {
        frames.length = 0;
        const asked = said.length;
        log.ready(at(end));
        const position = said[asked];
        const from =
          typeof position === 'object' && position !== null ? (position as SocketPosition).lastSeq : end;
        const overtaking = Array.from({ length: ahead }, (_, index) => end + 1 + index);
        end += ahead;
        frames.push(...overtaking);
        for (let seq = Math.max(1, from - repeated + 1); seq <= end; seq++) frames.push(seq);
      };
      for (const { gained, reached, repeated, ahead } of steps) {
        connect(repeated, ahead);
        for (let index = 0; index < gained; index++) frames.push(++end);
        for (const seq of frames.slice(0, reached)) log.accept(seq, seq);
      }
      connect(0, 0);
      for (const seq of frames) log.accept(seq, seq);
      const delivered = said.filter((entry) => typeof entry === 'number');
      expect(delivered).toEqual(Array.from({ length: end }, (_, index) => index + 1));
      expect(said).not.toContain('gap');
    }),
  );
});
