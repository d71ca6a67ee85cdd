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
    [
      'arrays that share their parts',
      `{% set a=[1] %}${'{% set a=[a,a] %}'.repeat(26)}{{ a|tojson|length }}`,
    ],
    ['objects that share their parts', `{% set a={} %}${'{% set a={"x":a,"y":a} %}'.repeat(26)}{{ a ~ "" }}`],
    ['joined arrays', `{% set a=[1] %}${'{% set a=[a,a] %}'.repeat(26)}{{ [a]|join }}`],
    [
      'a text that is shared',
      '{% set b=[t,t,t,t,t,t,t,t,t,t] %}{% set c=[b,b,b,b,b,b,b,b,b,b] %}{% set d=[c,c,c,c,c,c,c,c,c,c,c] %}',
    ],
    [
      'a namespace that grows inside an array',
      `{% set ns=namespace(x=1) %}{% set a=[ns] %}${'{% set a=[a,a] %}'.repeat(10)}{% set ns.x=range(9999) %}{{ a|tojson }}`,
    ],
    ['a namespace inside itself', '{% set ns=namespace() %}{% set ns.x=[ns,ns] %}{{ ns|tojson }}'],
    ['deep arrays', `{% set a=[1] %}${'{% set a=[a] %}'.repeat(5000)}{{ a }}`],
    ['a long separator', '{% for i in range(3) %}{{ range(9999)|join(t ~ t) }}{% endfor %}'],
    ['a separator that was spread', '{{ range(9999)|join(*[t]) }}'],
    ['a wide indentation', '{{ (["x"]|tojson)|indent(width=100000000, first=true) }}'],
    ['a wide JSON indentation', '{{ [[1,2,3],[4,5,6]]|tojson(indent=100000000) }}'],
    ['long JSON separators', '{{ range(9999)|tojson(separators=(t, t)) }}'],
    ['a long path to sort by', '{{ range(9999)|sort(attribute=t) }}'],
    ['a replacement at every place', '{{ (t ~ t ~ t ~ t ~ t ~ t)|replace("", t) }}'],
    ['a replacing method', '{{ (t ~ t ~ t ~ t ~ t ~ t).replace("", t) }}'],
    ['a replacing method by another name', '{{ (t ~ t ~ t ~ t ~ t ~ t)["rep" ~ "lace"]("", t) }}'],
    ['a method that is kept', '{% set f=t.replace %}{{ f("", t) }}'],
    ['a long needle', `${'{% set t=t~t %}'.repeat(10)}{{ t.replace(t[1:] ~ "b", "") }}`],
    ['a long part sought', `${'{% set t=t~t %}'.repeat(9)}{{ (t ~ "b" ~ t) in (t ~ t) }}`],
    ['a long part not sought', `${'{% set t=t~t %}'.repeat(9)}{{ (t ~ "b" ~ t) not in (t ~ t) }}`],
    ['a long part split at', `${'{% set t=t~t %}'.repeat(9)}{{ (t ~ t).split(t ~ "b" ~ t) }}`],
    ['a filter over much text', `{% filter upper %}${'{{ t }}'.repeat(1100)}{% endfilter %}`],
    ['a long message', '{% macro f() %}{% endmacro %}{{ f(**{t: 1}) }}'],
    ['a step of zero', '{{ range(0, 5, 0) }}'],
  ])('%s', (_name, template) => {
    const begun = process.cpuUsage();
    expect(() => render(template, { t: 'x'.repeat(1000) })).toThrow(
      expect.objectContaining({ name: 'NodeError', message: expect.stringMatching(/^.{1,500}$/s) }),
    );
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_500);
  });
});

test('a syntax error says so, and long white space is refused before it can cost time', () => {
  expect(() => parseTemplate('{% for %}')).toThrow();
  expect(() => parseTemplate(' '.repeat(100_000))).toThrow('white-space');
});

test.each([
  ['{{ items | map(attribute="n") | join(", ") }}', '2, 1'],
  ['{{ items | sort(attribute="n") | map(attribute="n") | join }}', '12'],
  ['{{ items | selectattr("n") | length }}', '2'],
  ['{{ items | tojson(indent=2, separators=(",", ":")) | length }}', '40'],
  ['{{ "a-b".replace("-", long) | length }} {{ "a-b" | replace("-", "+") }}', '50002 a+b'],
  ['{{ "a b c".split(" ", 1)[1] }} {{ "a".upper() }} {{ {"k": 1}.items()[0][0] }}', 'b c A k'],
  ['{{ "a\nb" | indent(2) }}{{ missing | default("none") }}', 'a\n  bnone'],
  ['{% filter upper %}a{{ long | length }}{% endfilter %}', 'A50000'],
  ['{% macro f(a, b=2) %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{% call f(1) %}!{% endcall %}', '12!'],
  ['{% set ns = namespace(n=0) %}{% for x in items %}{% set ns.n = ns.n + x.n %}{% endfor %}{{ ns.n }}', '3'],
  ['{% set x %}text{% endset %}{{ x[1:3] }}', 'ex'],
  ['{{ "ex" in "text" }} {{ 2 not in [1] }} {{ "k" in {"k": 1} }}', 'true true true'],
])('%s renders', (template, want) => {
  expect(render(template, { items: [{ n: 2 }, { n: 1 }], long: 'y'.repeat(50_000) })).toBe(want);
});
