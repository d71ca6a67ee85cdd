type Arguments = readonly unknown[];
type Filter = (value: unknown, args: Arguments) => unknown;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

const escapeHtml = (value: unknown): string =>
  String(value ?? '').replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);

/** Filters of Jinja2 that templates often use and the library does not have, with the names of their parameters. */
const FILTERS: Readonly<Record<string, { readonly parameters: readonly string[]; readonly apply: Filter }>> =
  {
    round: {
      parameters: ['precision', 'method'],
      apply: (value, [precision = 0, method = 'common']) => roundTo(Number(value), Number(precision), method),
    },
    sum: { parameters: [], apply: (value) => numbersOf('sum', value).reduce((total, one) => total + one, 0) },
    min: { parameters: [], apply: (value) => extreme('min', value, 1) },
    max: { parameters: [], apply: (value) => extreme('max', value, -1) },
    truncate: {
      parameters: ['length', 'killwords', 'end'],
      apply: (value, [length = 255, killwords = false, end = '...']) =>
        truncate(String(value ?? ''), Number(length), killwords === true, String(end)),
    },
    wordcount: { parameters: [], apply: (value) => String(value ?? '').match(/\S+/g)?.length ?? 0 },
    count: { parameters: [], apply: (value) => lengthOf(value) },
    escape: { parameters: [], apply: escapeHtml },
    e: { parameters: [], apply: escapeHtml },
  };

/** Whether it is one of ours. */
export const isExtraFilter = (name: unknown): name is string =>
  typeof name === 'string' && Object.hasOwn(FILTERS, name);

/** The name of the function that is the filter; no template can write it. */
export const filterFunction = (name: string): string => `filter ${name}`;

/**
 * The functions by their names, as the interpreter calls them: with the insides of its values, keyword arguments
 * as a map at the end. Each takes time linear in the value.
 */
export function* filterFunctions(): Generator<[string, (...args: unknown[]) => unknown]> {
  for (const [name, { parameters, apply }] of Object.entries(FILTERS)) {
    yield [
      filterFunction(name),
      (value, ...rest) => {
        const last = rest.at(-1);
        const named: ReadonlyMap<string, unknown> = last instanceof Map ? last : new Map();
        const given = last instanceof Map ? rest.slice(0, -1) : rest;
        const args = parameters.map((parameter, place) => given[place] ?? inside(named.get(parameter)));
        return apply(value, args);
      },
    ];
  }
}

/** What is inside one of the interpreter's values. */
const inside = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'value' in value ? value.value : value;

function itemsOf(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} takes a list`);
  return value.map(inside);
}

const numbersOf = (name: string, value: unknown): readonly number[] => itemsOf(name, value).map(Number);

/** The item that comes first: by number where all are numbers, else by text. */
function extreme(name: string, value: unknown, direction: 1 | -1): unknown {
  const items = itemsOf(name, value);
  const areNumbers = items.every((item) => typeof item === 'number');
  const compare = (a: unknown, b: unknown): number => {
    if (areNumbers) return Number(a) - Number(b);
    const [left, right] = [String(a), String(b)];
    return left === right ? 0 : left < right ? -1 : 1;
  };
  return items.reduce((best, one) => (direction * compare(one, best) < 0 ? one : best), items[0]);
}

function roundTo(value: number, precision: number, method: unknown): number {
  const factor = 10 ** Math.min(15, Math.max(0, Math.trunc(precision)));
  const scaled = value * factor;
  if (method === 'ceil') return Math.ceil(scaled) / factor;
  return (method === 'floor' ? Math.floor(scaled) : Math.round(scaled)) / factor;
}

/** As Jinja2 does it: at a word's end unless words may be cut, and not for up to five characters too many. */
function truncate(text: string, length: number, killwords: boolean, end: string): string {
  if (text.length <= length + 5) return text;
  const cut = text.slice(0, Math.max(0, length - end.length));
  const space = cut.lastIndexOf(' ');
  return (killwords || space < 0 ? cut : cut.slice(0, space)) + end;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 0;
}
