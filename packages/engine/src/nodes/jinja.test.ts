import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../events.ts';
import { parseTemplate, renderTemplate } from './jinja.ts';

const render = (template: string, variables: JsonObject = {}, limit = 500) =>
  renderTemplate(parseTemplate(template), variables, limit);

test('a template sees its variables, filters and loops', () => {
  expect(
    render('{% for x in items %}{{ loop.index }}:{{ x.name | upper }} {% endfor %}', {
      items: [{ name: 'a' }, { name: 'b' }],
    }),
  ).toBe('1:A 2:B ');
  expect(render('{{ n + 1 }} {{ "yes" if t else "no" }} {{ missing }}', { n: 1, t: true })).toBe('2 yes ');
  expect(render('{% for i in range(3) %}{{ i }}{% endfor %}')).toBe('012');
});

test.each([
  '{{ x.__proto__ }}',
  '{{ x.constructor }}',
  '{{ x["constructor"] }}',
  '{{ process }}',
  '{{ globalThis }}',
  '{{ x.toString }}',
])('%s is nothing', (template) => {
  expect(['', 'None']).toContain(render(template, { x: {} }));
});

describe('a template that asks for too much fails within its limits', () => {
  test.each([
    ['a huge range', '{{ range(1000000000) | length }}'],
    [
      'nested loops',
      '{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['empty nested loops', '{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}'],
    [
      'doubling text',
      '{% set ns = namespace(x="ab") %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}',
    ],
    [
      'doubling lists',
      '{% set ns = namespace(x=[1,2]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
    ],
    ['much output', '{% for i in range(9999) %}{{ t }}{% endfor %}'],
    ['endless recursion', '{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(1) }}'],
    ['a step of zero', '{{ range(0, 5, 0) }}'],
  ])('%s', (_name, template) => {
    const begun = performance.now();
    expect(() => render(template, { t: 'x'.repeat(1000) })).toThrow(
      expect.objectContaining({ name: 'NodeError' }),
    );
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

test('a syntax error says so, and long white space is refused before it can cost time', () => {
  expect(() => parseTemplate('{% for %}')).toThrow();
  expect(() => parseTemplate(' '.repeat(100_000))).toThrow('white-space');
});
