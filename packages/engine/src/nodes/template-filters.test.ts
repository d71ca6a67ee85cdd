import { describe, expect, test } from 'vitest';
import { parseTemplate, renderTemplate } from './jinja.ts';

const render = (template: string, variables = {}): string =>
  renderTemplate(parseTemplate(template), variables, 500);

describe('the filters of Jinja2 that the library does not have', () => {
  test.each([
    ['{{ 3.14159 | round(2) }}', '3.14'],
    ['{{ 2.5 | round }}', '3'],
    ['{{ 2.1 | round(0, "ceil") }}', '3'],
    ['{{ 2.19 | round(precision=1, method="floor") }}', '2.1'],
    ['{{ [1, 2, 3.5] | sum }}', '6.5'],
    ['{{ [3, 11, 2] | min }} {{ [3, 11, 2] | max }}', '2 11'],
    ['{{ ["pear", "apple"] | min }}', 'apple'],
    ['{{ "one two three" | wordcount }} {{ [1, 2] | count }}', '3 2'],
    ['{{ "<a href=\'x\'>" | escape }}', '&lt;a href=&#39;x&#39;&gt;'],
    ['{{ "a & b" | e }}', 'a &amp; b'],
    ['{{ "foo bar baz qux" | truncate(9) }}', 'foo...'],
    ['{{ "foo bar baz qux" | truncate(9, True) }}', 'foo ba...'],
    ['{{ "foo bar baz qux" | truncate(length=11) }}', 'foo bar baz qux'],
    ['{{ [1, 2] | sum | round(1) }}', '3'],
    ['{% filter e %}<b>{% endfilter %}', '&lt;b&gt;'],
  ])('%s is %s', (template, want) => {
    expect(render(template)).toBe(want);
  });

  test('a list that is none fails the template', () => {
    expect(() => render('{{ x | sum }}', { x: 1 })).toThrow('sum takes a list');
  });

  test('are no functions that a template can call by themselves', () => {
    expect(() => render('{{ round(1.5) }}')).toThrow();
  });

  test('an unknown filter is told', () => {
    expect(() => render('{{ "x" | nonsense }}')).toThrow(/nonsense|Unknown/);
  });
});
