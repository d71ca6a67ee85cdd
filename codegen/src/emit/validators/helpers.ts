import { FORMAT_HELPERS } from './formats.ts';
import { REPORTS } from './reports.ts';

/**
 * What generated validators share, as source text: a file contains those that it needs. They are kept as
 * text, not as functions of ours, because a bundler may rename or rewrite those.
 */
export interface Helper {
  /** The names of those that it calls. */
  readonly needs?: readonly string[];
  readonly code: string;
}

const VALUES = {
  token: {
    code: `/** A name as a part of a JSON pointer (RFC 6901). */
function token(name) {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
`,
  },
  isObject: {
    code: `function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
`,
  },
  own: {
    code: `/** A member that every object inherits counts only as the value's own. */
function own(value, name) {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
`,
  },
  countCharacters: {
    code: `/** Characters are Unicode code points; a surrogate pair is one. */
function countCharacters(text) {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}
`,
  },
  isMultiple: {
    code: `/** By the decimal notation of both numbers, so that 0.3 is a multiple of 0.1. */
function isMultiple(value, step) {
  const [digits, exponent = '0'] = String(step).split('e');
  const places = Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent));
  const shift = (number) => {
    const [mantissa, power = '0'] = String(number).split('e');
    return Number(\`\${mantissa}e\${Number(power) + places}\`);
  };
  const shifted = shift(value);
  return Number.isFinite(shifted) ? shifted % shift(step) === 0 : value % step === 0;
}
`,
  },
  equal: {
    code: `/** Whether two JSON values are the same; the second one is the schema's. */
function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(b);
  return (
    Object.keys(a).length === names.length &&
    names.every((name) => Object.hasOwn(a, name) && equal(a[name], b[name]))
  );
}
`,
  },
  isOneOf: {
    needs: ['equal'],
    code: `function isOneOf(value, values) {
  return values.some((allowed) => equal(value, allowed));
}
`,
  },
  hasRepeats: {
    needs: ['fail'],
    code: `/** A text that is the same for equal values, whatever the order of their members. */
function canonical(value) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return \`[\${value.map(canonical).join()}]\`;
  const names = Object.keys(value).sort();
  return \`{\${names.map((name) => \`\${JSON.stringify(name)}:\${canonical(value[name])}\`).join()}}\`;
}

/** Reports an item that equals an earlier one. Its time grows with the number of items, not its square. */
function hasRepeats(path, items) {
  const seen = new Map();
  for (let i = 0; i < items.length; i++) {
    const key = canonical(items[i]);
    const j = seen.get(key);
    if (j !== undefined) {
      fail(path, 'uniqueItems', { i, j }, \`must NOT have duplicate items (items ## \${j} and \${i} are identical)\`);
      return true;
    }
    seen.set(key, i);
  }
  return false;
}
`,
  },
  mergeSeen: {
    code: `function mergeSeen(seen, more) {
  for (const part of more) seen.add(part);
}
`,
  },
  seeAll: {
    code: `/** Every member or item of a value counts as evaluated. */
function seeAll(value, seen) {
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) seen.add(i);
  else for (const name in value) seen.add(name);
}
`,
  },
} as const satisfies Record<string, Helper>;

const HELPERS = { ...VALUES, ...REPORTS, ...FORMAT_HELPERS };

export type HelperName = keyof typeof HELPERS;

const isHelperName = (name: string): name is HelperName => name in HELPERS;

/** The source text of helpers and of what they call, always in the same order. */
export function helperCode(names: Iterable<HelperName>): string {
  const all = new Set<HelperName>();
  const add = (name: string): void => {
    if (!isHelperName(name) || all.has(name)) return;
    all.add(name);
    const helper: Helper = HELPERS[name];
    helper.needs?.forEach(add);
  };
  for (const name of names) add(name);
  return Object.entries(HELPERS)
    .filter(([name]) => isHelperName(name) && all.has(name))
    .map(([, { code }]) => code)
    .join('\n');
}
