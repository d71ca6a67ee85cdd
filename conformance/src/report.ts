import type { ApiReport, SuiteReport } from './suite.ts';

const MAX_FAULTS = 50;

/** What was found out, as text: a table per API, then every miss. */
export function toText({ apis, requests, passed }: SuiteReport): string {
  const parts = apis.map(apiText);
  const faults = apis.reduce((sum, { faults: { length } }) => sum + length, 0);
  const missing = apis.flatMap(({ operations }) => operations.flatMap((one) => one.missing)).length;
  const verdict = passed
    ? 'The server does as its documents say.'
    : `The server does not do as its documents say: ${faults} faults, ${missing} documented answers missing.`;
  return `${parts.join('\n')}\n${requests} requests. ${verdict}\n`;
}

function apiText({ api, operations, faults, skipped }: ApiReport): string {
  const rows = operations.map(({ operationId, tried, failed, seen, documented, unprovoked, missing }) => [
    operationId,
    String(tried),
    String(failed),
    `${seen}/${documented}`,
    String(unprovoked.length),
    String(missing.length),
  ]);
  const lines = [
    api,
    table([['operation', 'tried', 'failed', 'answers seen', 'cannot be provoked', 'missing'], ...rows]),
    ...faults
      .slice(0, MAX_FAULTS)
      .map(({ operationId, what, fault }) => `✗ ${operationId}, ${what}: ${fault}`),
    ...(faults.length > MAX_FAULTS ? [`✗ and ${faults.length - MAX_FAULTS} more faults`] : []),
    ...operations.flatMap(({ operationId, missing }) =>
      missing.map(
        ({ status, code }) => `✗ ${operationId}: never answered ${status}${code ? ` ${code}` : ''}`,
      ),
    ),
    ...reasonsOf(operations),
    ...skipped.map(({ what, why }) => `- skipped: ${what}, as ${why}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Each reason once, with how many answers it is about. */
function reasonsOf(operations: ApiReport['operations']): readonly string[] {
  const counts = new Map<string, number>();
  for (const { why } of operations.flatMap(({ unprovoked }) => unprovoked))
    counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) => `- not provoked (${count}): ${why}`);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return lines.join('\n');
}
