import type { InputFinding } from '@flowwire/koa';
import type { ApiModel, OperationModel } from '../model/api.ts';

/** The longest column of paths; longer ones push the rest of their line. */
const MAX_COLUMN = 48;

/** Pads the cells of each column to the widest one. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.min(MAX_COLUMN, Math.max(...rows.map((row) => row[column]?.length ?? 0))),
  );
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

const answersOf = ({ replies }: OperationModel): string =>
  replies.map(({ status, stream }) => (stream ? `${status} (stream)` : status)).join(' ');

/** The routes of an API, one to a line: method, path, operationId, documented answers. */
export function formatRoutes({ title, version, operations, channels }: ApiModel): string {
  const rows = [
    ...operations.map((operation) => [
      operation.method,
      operation.path,
      operation.operationId,
      answersOf(operation),
    ]),
    ...channels.map(({ address, name, server, client }) => [
      'WS',
      address,
      name,
      `${server.length} messages from the server, ${client.length} from the client`,
    ]),
  ];
  return `${title} ${version}\n${table(rows)}`;
}

/** One answered request. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly operationId: string | undefined;
  readonly durationMs: number;
  readonly completed: boolean;
}

/** The line that a request leaves behind, and what was wrong with it below. */
export function formatRequest(
  request: Answered,
  findings: readonly InputFinding[],
  notes: readonly string[],
): string {
  const { method, path, status, operationId = 'no operation', durationMs, completed } = request;
  const end = completed ? '' : ', cut off';
  const line = `${method} ${path} -> ${status} ${operationId} (${Math.round(durationMs)} ms${end})\n`;
  const faults = findings.map((finding) => `  ${finding.in} ${finding.pointer || '/'} ${finding.message}\n`);
  return [line, ...faults, ...notes.map((note) => `  ${note}\n`)].join('');
}
