import { propertyKey, quote } from '../../emit/text.ts';

/** What fits into the column that samples are shown in. Generated files are wider. */
const WIDTH = 64;

/** Source text to be put into a value as it is. */
export class Code {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const membersOf = (value: object): [string, unknown][] =>
  Object.entries(value).map(([key, member]) => {
    if (Array.isArray(value)) return ['', member];
    // `__proto__: x` would not be a member, but the object's prototype.
    return [key === '__proto__' ? `['__proto__']: ` : `${propertyKey(key)}: `, member];
  });

function onOneLine(value: unknown): string {
  if (value instanceof Code) return value.text;
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const members = membersOf(value).map(([key, member]) => key + onOneLine(member));
  if (Array.isArray(value)) return `[${members.join(', ')}]`;
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/**
 * Writes a value as JavaScript: on one line where it fits, else a member to a line. Lines after the first
 * begin with `margin`; `taken` characters of the first line are needed for other things.
 */
export function codeOf(value: unknown, margin = '', taken = 0): string {
  const line = onOneLine(value);
  const isWhole = typeof value !== 'object' || value === null || value instanceof Code;
  if (isWhole || line.length + margin.length + taken <= WIDTH) return line;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const inner = `${margin}  `;
  const lines = membersOf(value).map(
    ([key, member]) => `${inner}${key}${codeOf(member, inner, key.length + 1)},\n`,
  );
  return `${open}\n${lines.join('')}${margin}${close}`;
}
