import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createThinkSplitter } from './think.ts';

function split(chunks: readonly string[]) {
  const splitter = createThinkSplitter();
  const pieces = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  const join = (type: string) => pieces.map((piece) => (piece.type === type ? piece.text : '')).join('');
  return { text: join('text'), reasoning: join('reasoning') };
}

describe('thoughts at the beginning of an answer', () => {
  test.each([
    ['are taken out', '<think>hm</think>\n\nYes.', { text: 'Yes.', reasoning: 'hm' }],
    ['may follow blanks', ' \n<think>hm</think>Yes.', { text: 'Yes.', reasoning: 'hm' }],
    ['may be empty', '<think></think>Yes.', { text: 'Yes.', reasoning: '' }],
    ['may never end', '<think>hm', { text: '', reasoning: 'hm' }],
    ['may hold other tags', '<think>a</b></thin</think>c', { text: 'c', reasoning: 'a</b></thin' }],
    ['stay text further on', 'So: <think>hm</think>', { text: 'So: <think>hm</think>', reasoning: '' }],
    ['stay text when they are another tag', '<thinking>hm', { text: '<thinking>hm', reasoning: '' }],
    ['may be announced and never come', '<thi', { text: '<thi', reasoning: '' }],
    ['may be missing', '  Yes.', { text: '  Yes.', reasoning: '' }],
  ])('%s', (_name, answer, want) => {
    expect(split([answer])).toEqual(want);
  });

  test('are the same however the answer is cut into chunks', () => {
    const words = fc.constantFrom('<think>', '</think>', '<', '</thi', ' ', '\n', 'a', 'think>');
    const chunked = fc.tuple(fc.array(words, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 8 }));
    fc.assert(
      fc.property(chunked, ([parts, cuts]) => {
        const answer = parts.join('');
        const places = [0, ...cuts.map((cut) => Math.min(cut, answer.length)).sort((a, b) => a - b)];
        const chunks = places.map((place, index) => answer.slice(place, places[index + 1]));
        expect(split(chunks)).toEqual(split([answer]));
      }),
    );
  });

  test('are passed on as they come, except for what may be the closing tag', () => {
    const splitter = createThinkSplitter();
    expect(splitter.push('<think>one </th')).toEqual([{ type: 'reasoning', text: 'one ' }]);
    expect(splitter.push('is two')).toEqual([{ type: 'reasoning', text: '</this two' }]);
  });
});
