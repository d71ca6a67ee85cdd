import { expect, test } from 'vitest';
import { readPosition } from './position.ts';

test('a position is an epoch and a whole number', () => {
  expect(readPosition({ epoch: 'e1', lastSeq: 0, heartbeatMs: 1 })).toEqual({ epoch: 'e1', lastSeq: 0 });
});

test.each([undefined, null, {}, { epoch: 'e1' }, { epoch: 1, lastSeq: 1 }, { epoch: 'e1', lastSeq: 1.5 }])(
  '%j is none',
  (data) => {
    expect(readPosition(data)).toBeUndefined();
  },
);
