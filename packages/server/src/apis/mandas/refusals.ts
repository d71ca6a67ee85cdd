import type { ErrorCode, ErrorDetails, Finding } from '@flowwire/contract/mandas';
import { QueueFullError } from '@flowwire/engine';

/** An answer with the documented `ErrorBody`. */
export const refusal = <Status extends number>(
  status: Status,
  code: ErrorCode,
  message: string,
  details: ErrorDetails = {},
) => ({ status, body: { error: { code, message, details } } });

export const noWorkflow = (id: string) =>
  refusal(404, 'WORKFLOW_NOT_FOUND', `There is no workflow ${id}.`, { workflow_id: id });
export const noRun = (id: string) => refusal(404, 'RUN_NOT_FOUND', `There is no run ${id}.`, { run_id: id });
export const noTask = (id: string) =>
  refusal(404, 'TASK_NOT_FOUND', `There is no task ${id}.`, { task_id: id });
export const keyReused = () =>
  refusal(409, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another request.');

export const faulty = (
  code: 'VALIDATION_ERROR' | 'INVALID_DEFINITION' | 'INVALID_INPUT',
  what: string,
  findings: Finding[],
  details: ErrorDetails = {},
) =>
  refusal(400, code, `${what} has ${findings.length} ${findings.length === 1 ? 'fault' : 'faults'}.`, {
    ...details,
    findings,
  });

/** A 429 or 503, with the seconds to wait in its header and in its details. */
export const comeBack = <Status extends 429 | 503>(
  status: Status,
  code: 'QUEUE_FULL' | 'UNAVAILABLE',
  message: string,
  seconds: number,
) => ({
  ...refusal(status, code, message, { retry_after_s: seconds }),
  headers: { 'Retry-After': String(seconds) },
});

/** The answer of what queues a run; a full queue is refused. */
export async function queued<Reply>(act: () => Promise<Reply>) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof QueueFullError)) throw error;
    return comeBack(429, 'QUEUE_FULL', 'Too many runs wait already. Try again later.', 5);
  }
}
