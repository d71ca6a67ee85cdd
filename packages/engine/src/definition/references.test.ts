import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../events.ts';
import {
  createScope,
  interpolate,
  MAX_REFERRED,
  parseReferences,
  renderText,
  type Scope,
} from './references.ts';

const scope: Scope = {
  spend: () => undefined,
  valuesOf: (name) =>
    ({
      sys: { run_id: 'run_1' },
      a: { text: 'hi', n: 5, list: [{ x: 1 }], 'odd-key': true, nothing: null, ['__proto__']: 'own' },
    })[name],
};

test.each<readonly [string, JsonValue]>([
  ['{{ a.n }}', 5],
  ['{{a.list[0].x}}', 1],
  ['{{ a.list }}', [{ x: 1 }]],
  ['{{ a.odd-key }}', true],
  ['{{ sys.run_id }}', 'run_1'],
  ['{{ a.missing }}', null],
  ['{{ b.text }}', null],
  ['n={{ a.n }}, list={{ a.list }}, {{ a.missing }}|{{ a.nothing }}', 'n=5, list=[{"x":1}], |null'],
  ['no reference {{ a }} {{ a.n | upper }} {{', 'no reference {{ a }} {{ a.n | upper }} {{'],
  ['{{ a.text }}{{ a.text }}', 'hihi'],
])('%s becomes %j', (text, want) => {
  expect(interpolate(text, scope)).toEqual(want);
});

test('inside objects and arrays strings are replaced, keys and other values stay', () => {
  expect(interpolate({ '{{ a.n }}': ['{{ a.n }}', 1, null, true] }, scope)).toEqual({
    '{{ a.n }}': [5, 1, null, true],
  });
});

describe('inherited properties do not exist', () => {
  test.each([
    'a.constructor',
    'a.toString',
    'a.list.map',
    'a.text.length',
    'a.n.toFixed',
    'sys.constructor',
    'a.list[0].__proto__',
  ])('%s', (path) => expect(interpolate(`{{ ${path} }}`, scope)).toBeNull());
  test('an own property named __proto__ is a property like others', () => {
    const outputs = JSON.parse('{"__proto__": {"x": 1}}');
    expect(interpolate('{{ a.__proto__.x }}', { ...scope, valuesOf: () => outputs })).toBe(1);
    expect(Object.keys(interpolate(JSON.parse('{"__proto__": "{{ a.n }}"}'), scope) as object)).toEqual([
      '__proto__',
    ]);
  });
});

test('segments join to the text they were cut from', () => {
  const piece = fc.constantFrom('{{', '}}', ' ', 'a', '.', 'b', '[0]', '{{ a.b }}', '字');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const joined = parseReferences(text).map((one) => (one.type === 'literal' ? one.text : one.source));
      expect(joined.join('')).toBe(text);
      expect(() => renderText(text, scope)).not.toThrow();
    }),
  );
});

test('a hostile text of a megabyte is parsed with less than a second of work', () => {
  const begun = process.cpuUsage();
  parseReferences('{{ a.'.repeat(200_000));
  parseReferences(`{{${' '.repeat(1_000_000)}`);
  parseReferences(`{{a${'.a'.repeat(500_000)}`);
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
});

describe('the references of one node have a budget', () => {
  const text = 'x'.repeat(MAX_REFERRED / 4);
  const facts = { valuesOf: () => ({ text, list: [text, text, text] }) };
  const tooLarge = expect.objectContaining({
    code: 'output_too_large',
    message: expect.stringContaining('ask'),
  });

  test('that texts and whole values share', () => {
    const own = createScope(facts, 'ask');
    expect(renderText('{{ a.text }}{{ a.text }}', own)).toHaveLength(MAX_REFERRED / 2);
    expect(interpolate('{{ a.text }}', own)).toBe(text);
    expect(interpolate('{{ a.text }}', own)).toBe(text);
    expect(() => interpolate({ again: ['{{ sys }} {{ a.text[0] }}', '{{ a.text }}'] }, own)).toThrow(
      tooLarge,
    );
  });

  test('in which a whole value counts as much as its JSON text, each time', () => {
    const own = createScope(facts, 'ask');
    interpolate('{{ a.list }}', own);
    expect(() => renderText('{{ a.list }}', own)).toThrow(tooLarge);
  });
});
