/** The middle value of a list that is not empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('a median needs values');
  return middle;
}

export interface Report {
  readonly bench: string;
  /** How the figures were obtained, in a sentence or two. */
  readonly method: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  /** The ratios and floors that the project promises, and whether this run kept them. */
  readonly promises: readonly { readonly what: string; readonly value: number; readonly kept: boolean }[];
}

/** Prints a table for people or, with `--json`, one JSON line for programs. */
export function print(report: Report): void {
  if (report.promises.some(({ kept }) => !kept)) process.exitCode = 1;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  process.stdout.write(`\n${report.bench}: ${report.method}\n`);
  console.table(report.rows);
  for (const { what, value, kept } of report.promises) {
    process.stdout.write(`${kept ? 'kept  ' : 'BROKEN'} ${what}: ${round(value)}\n`);
  }
}

export const round = (value: number): number => Number(value.toPrecision(3));
