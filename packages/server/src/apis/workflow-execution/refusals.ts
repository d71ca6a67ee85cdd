import { InvalidCursorError, type RunSummary } from '@flowwire/engine';

/** One fault, as the document's `Finding`. */
export interface ErrorDetail {
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'body';
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly node_id?: string;
}

/** An answer with the documented `ErrorBody`. */
export const refusal = <Status extends number>(
  status: Status,
  code: string,
  message: string,
  details?: readonly ErrorDetail[],
) => ({ status, body: { code, message, status, ...(details ? { details: [...details] } : {}) } });

export const noWorkflow = (id: string) => refusal(404, 'workflow_not_found', `There is no workflow ${id}.`);
export const noExecution = (id: string) =>
  refusal(404, 'execution_not_found', `There is no execution ${id}.`);
export const keyReused = () =>
  refusal(409, 'idempotency_key_reused', 'This Idempotency-Key was used with another request.');
export const faults = (count: number) => `${count} ${count === 1 ? 'fault' : 'faults'}`;

export const IN_HEADER = { in: 'header', pointer: '/Last-Event-ID' } as const;
export const IN_QUERY = { in: 'query', pointer: '/last_event_id' } as const;
export type CursorPlace = typeof IN_HEADER | typeof IN_QUERY;

/** A list's answer; a cursor that no page gave is refused. */
export async function listed<Reply>(list: () => Promise<Reply>) {
  try {
    return await list();
  } catch (error) {
    if (!(error instanceof InvalidCursorError)) throw error;
    return refusal(400, 'invalid_cursor', 'The cursor is not one that a page gave.', [
      { in: 'query', pointer: '/cursor', code: 'cursor', message: 'must be the next_cursor of a page' },
    ]);
  }
}

export const cursorAhead = (cursor: number, run: RunSummary, where: CursorPlace) =>
  refusal(400, 'invalid_cursor', `Execution ${run.id} has no event ${cursor} yet.`, [
    { ...where, code: 'maximum', message: `must be at most ${run.lastSeq}` },
  ]);

/** A cursor belongs to a run that exists: without the key that names it, the request would start another. */
export const cursorWithoutKey = (headers: { 'Idempotency-Key'?: string; 'Last-Event-ID'?: string }) =>
  headers['Idempotency-Key'] === undefined && toCursor(headers['Last-Event-ID']) > 0
    ? refusal(
        400,
        'invalid_cursor',
        'Last-Event-ID needs the Idempotency-Key of the run that it belongs to.',
        [{ in: 'header', pointer: '/Idempotency-Key', code: 'required', message: 'is missing' }],
      )
    : undefined;

export const toCursor = (eventId: string | undefined): number => Number(eventId ?? 0);
