import type { RunService, RunSummary } from '@flowwire/engine';
import { comeBack } from './refusals.ts';

const MAX_WAIT_MS = 30_000;
const RETRY_AFTER_S = 5;

export type Cancelled =
  | { readonly outcome: 'cancelled' | 'unknown_run' | 'overdue' }
  /** Before, or just when it was asked to stop. */
  | { readonly outcome: 'ended'; readonly run: RunSummary };

/** Ends a run and waits until it has stopped, at most 30 s. Throws the signal's reason. */
export async function cancelAndWait(
  service: Pick<RunService, 'cancel' | 'result'>,
  { tenantId, id }: RunSummary,
  signal: AbortSignal,
  waitMs = MAX_WAIT_MS,
): Promise<Cancelled> {
  const asked = await service.cancel(tenantId, id);
  if (asked.outcome === 'unknown_run') return { outcome: 'unknown_run' };
  if (asked.outcome === 'refused') return { outcome: 'ended', run: asked.run };
  const overdue = AbortSignal.timeout(waitMs);
  try {
    const run = await service.result(asked.run, AbortSignal.any([signal, overdue]));
    return run.state === 'cancelled' ? { outcome: 'cancelled' } : { outcome: 'ended', run };
  } catch (error) {
    if (signal.aborted || !overdue.aborted) throw error;
    return { outcome: 'overdue' };
  }
}

export const stillStopping = (what: 'run' | 'task') =>
  comeBack(503, 'UNAVAILABLE', `The ${what} was told to stop, and has not stopped yet.`, RETRY_AFTER_S);
