/** Rows below a head, in columns as wide as they need to be. Control characters of texts are left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((row) => row.map((cell) => cell.replace(/\p{Cc}/gu, ' ')));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** The last moment that a Date can be (ECMA-262 section 21.4.1.1). Keys may end later. */
const LAST_MS = 8.64e15;

/** As in `2027-01-31 12:00 UTC`, of milliseconds since the epoch. */
export const minute = (at: number): string =>
  `${new Date(Math.min(at, LAST_MS)).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
