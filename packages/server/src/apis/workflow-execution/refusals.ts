import { QueueFullError, type RunSummary, UnknownSubflowError } from '@flowwire/engine';
import { refusal } from '../refusal.ts';

export const noWorkflow = (id: string) => refusal(404, 'workflow_not_found', `There is no workflow ${id}.`);
export const noVersion = (id: string, version: number) =>
  refusal(404, 'version_not_found', `Workflow ${id} has no version ${version}.`);
export const noExecution = (id: string) =>
  refusal(404, 'execution_not_found', `There is no execution ${id}.`);
export const ended = (run: RunSummary) =>
  refusal(409, 'execution_ended', `Execution ${run.id} has ended already.`);
export const keyReused = () =>
  refusal(409, 'idempotency_key_reused', 'This Idempotency-Key was used with another request.');
export const faults = (count: number) => `${count} ${count === 1 ? 'fault' : 'faults'}`;

/** The answer of what queues a run; a full queue is refused. */
export async function queued<Reply>(act: () => Promise<Reply>) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof QueueFullError)) throw error;
    return {
      ...refusal(429, 'queue_full', 'Too many runs wait already. Try again later.'),
      headers: { 'Retry-After': '5' },
    };
  }
}

/** The answer of what starts a run; one whose subflows are gone is refused. */
export async function started<Reply>(act: () => Promise<Reply>) {
  try {
    return await queued(act);
  } catch (error) {
    if (!(error instanceof UnknownSubflowError)) throw error;
    const message = `The subflow ${error.nodeId} cannot run: ${error.message}.`;
    return refusal(409, 'unknown_subflow', message);
  }
}
