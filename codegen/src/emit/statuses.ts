import { LINE_WIDTH } from './text.ts';

/** Statuses of one class (RFC 9110 section 15), as a union that the alias of the class stands for. */
function classUnion(digit: string): string {
  const statuses = Array.from({ length: 100 }, (_, index) => `${digit}${String(index).padStart(2, '0')}`);
  const perLine = Math.floor((LINE_WIDTH - 4) / '100 | '.length);
  const lines = [];
  for (let start = 0; start < statuses.length; start += perLine)
    lines.push(`\n  | ${statuses.slice(start, start + perLine).join(' | ')}`);
  return lines.join('');
}

/** Names the statuses of ranges and `default` so that an answer is narrowed by comparing its status. */
export interface StatusTypes {
  /** The type of `status` where the operation's document lists `all`. */
  typeOf(status: string, all: readonly string[]): string;
  /** The aliases that were used. */
  declarations(): string;
}

/** Creates status types whose aliases avoid the names that are taken. */
export function createStatusTypes(taken: ReadonlySet<string>): StatusTypes {
  const used = new Set<string>();
  const alias = (digit: string): string => {
    used.add(digit);
    let name = `Status${digit}XX`;
    while (taken.has(name)) name += '_';
    return name;
  };
  const except = (union: string, listed: readonly string[]): string =>
    listed.length === 0 ? union : `Exclude<${union}, ${listed.join(' | ')}>`;

  return {
    typeOf(status, all) {
      if (/^\d+$/.test(status)) return status;
      const numbers = all.filter((other) => /^\d+$/.test(other));
      if (status !== 'default') {
        const listed = numbers.filter((number) => number.startsWith(status.charAt(0)));
        return except(alias(status.charAt(0)), listed);
      }
      // With nothing to be told apart from, a number is easier to have than one of 400 literals.
      if (all.length === 1) return 'number';
      const open = ['2', '3', '4', '5'].filter((digit) => !all.includes(`${digit}XX`));
      const listed = numbers.filter((number) => open.includes(number.charAt(0)));
      return open.length === 0 ? 'never' : except(open.map(alias).join(' | '), listed);
    },
    declarations: () =>
      [...used]
        .sort()
        .map((digit) => `type ${alias(digit)} =${classUnion(digit)};\n`)
        .join('\n'),
  };
}
