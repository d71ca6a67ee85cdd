import type { ImportReport } from '@flowwire/contract/workflow-execution';

/** A report as a table for the terminal: one row for every node of the text. */
export function describeReport({ nodes, notes }: ImportReport): string {
  const rows = nodes.map(({ line, node_type, title = '', status, imported_as, note }) => [
    String(line),
    node_type,
    title,
    status,
    imported_as.map(({ id }) => id).join(', '),
    note ?? '',
  ]);
  const table = [['line', 'type', 'title', 'status', 'imported as', 'note'], ...rows];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => width(row[column] ?? ''))),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...notes.map(({ line, message }) => `line ${line}: ${message}`)].join('\n');
}

/** Columns of a terminal: Chinese characters take two. */
const width = (text: string): number =>
  Array.from(text).length + (text.match(/[\u2e80-\uffef]/g)?.length ?? 0);

const pad = (text: string, wanted: number): string => text + ' '.repeat(Math.max(0, wanted - width(text)));
