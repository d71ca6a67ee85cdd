import type { RunSummary } from './runs.ts';

/** A run that waits for its turn. */
export interface Job {
  readonly runId: string;
  readonly tenantId: string;
  readonly priority: number;
  /** See `RunFields.pool`. */
  readonly pool?: string;
}

export const jobOf = ({
  id,
  tenantId,
  priority,
  pool,
}: Pick<RunSummary, 'id' | keyof Omit<Job, 'runId'>>): Job => ({
  runId: id,
  tenantId,
  priority,
  ...(pool !== undefined && { pool }),
});

/**
 * Which run is next: higher priority first, then first come, of the tenants that have fewer runs under way
 * than they may, in the run's pool or outside of all. Durable truth is the run's own state.
 */
export interface JobQueue {
  /** Throws QueueFullError when as many runs wait as the queue can hold. */
  enqueue(job: Job): Promise<void>;
  /** Takes out a job that waits, so that it holds no place; one under way goes on. */
  remove(runId: string): Promise<void>;
  /** Calls `work` for each job, at most `concurrency` at once. Called once, at boot. */
  process(work: (job: Job) => Promise<void>): void;
  /** Whether `enqueue` would take another job now. */
  hasRoom(): boolean;
  /** Stops starting jobs; resolves when those under way have returned. */
  stop(): Promise<void>;
  /** How many wait, and how many are under way. */
  counts(): { readonly waiting: number; readonly active: number };
}

export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** Hints between writers, readers and workers. A lost hint costs time, never data. */
export interface Wake {
  /** Events up to `seq` of a run are committed. */
  appended(runId: string, seq: number): void;
  onAppended(runId: string, listener: (seq: number) => void): () => void;
  /** Somebody wants something of the run: a cancel, a pause, an answer. Its worker, wherever it is, should look. */
  commanded(runId: string): void;
  onCommanded(runId: string, listener: () => void): () => void;
}
