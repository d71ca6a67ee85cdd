import type { RunError } from '../events.ts';
import { type Job, jobOf, type Lease, QueueFullError, type Run, type RunSummary } from '../ports.ts';
import { createRunControl, type RunControl } from '../run/control.ts';
import { executeRun, StopRun } from '../run/execute.ts';
import type { RunServiceDeps } from './run-service.ts';
import type { Watchers } from './watchers.ts';

/** Works on the runs that the queue hands out, and takes up again what waits, pauses or was left. */
export interface Worker {
  /** Claims a run and works on it until that ends. Does not throw. */
  work(job: Job): Promise<void>;
  /** Something was asked of a run: queues it if it is queued, else tells whoever works on it. */
  takeUp(run: RunSummary): void;
  recover(): Promise<void>;
  drain(deadlineMs: number): Promise<void>;
}

const RECONNECT_MS = 30_000;
const SERVER_ERROR: RunError = {
  code: 'server_error',
  message: 'The server failed under the run. Its log has the reason.',
};
const COMMAND_POLL_MS = 2_000;
const WAKE_POLL_MS = 1_000;
const WAKE_LIMIT = 100;
const QUEUE_POLL_MS = 500;
const FIRST_REQUEUE_MS = 1_000;
const LAST_REQUEUE_MS = 30_000;

interface Active {
  readonly run: Run;
  readonly stop: AbortController;
  readonly control: RunControl;
}

export function createWorker(deps: RunServiceDeps, watchers: Watchers): Worker {
  const { runs, queue, wake, owner, onError, services } = deps;
  const { clock } = services;
  const executeDeps = { ...deps, random: deps.random ?? Math.random };
  const active = new Map<string, Active>();
  /** Runs that the server failed under. They end as failed as soon as the store takes that in. */
  const failed = new Set<string>();
  const draining = new AbortController();

  async function work(job: Job): Promise<void> {
    const { runId } = job;
    let lease: Lease | undefined;
    try {
      const run = await runs.claim(runId, owner, clock.now());
      if (!run) return;
      lease = { runId, epoch: run.epoch };
      // Its readers may have left while nobody worked on it.
      if (run.epoch > 1) watchers.expect(run, RECONNECT_MS);
      await perform(run);
    } catch (error) {
      onError(error, { runId });
      void queueAgain(job, lease);
    }
  }

  async function perform(run: Run): Promise<void> {
    const stop = new AbortController();
    const lease = { runId: run.id, epoch: run.epoch };
    const answers = run.lastSeq > 0 ? await runs.answers(run.id) : [];
    const control = createRunControl(answers, run.pauseRequested, () => checkCommands(run.id));
    active.set(run.id, { run, stop, control });
    const stopListening = wake.onCommanded(run.id, () => {
      checkCommands(run.id).catch((error) => onError(error, { runId: run.id }));
    });
    if (draining.signal.aborted) stop.abort(new StopRun('release'));
    try {
      const failure = failed.has(run.id) ? SERVER_ERROR : undefined;
      const ending = await executeRun(run, executeDeps, stop.signal, { failure, control });
      failed.delete(run.id);
      if (ending === 'released') await runs.release(lease, clock.now());
      else if (ending === 'paused' || ending === 'waiting') await checkSuspended(run);
      else watchers.ended(run.id);
    } catch (error) {
      onError(error, { runId: run.id });
      failed.add(run.id);
      void queueAgain(jobOf(run), lease);
    } finally {
      stopListening();
      active.delete(run.id);
    }
  }

  /** The store has queued it again if something was asked just then. Does not throw: the run itself is well. */
  async function checkSuspended(run: Run): Promise<void> {
    try {
      const now = await runs.get(run.tenantId, run.id);
      if (now?.state === 'queued') takeUp(now);
    } catch (error) {
      onError(error, { runId: run.id });
      void queueAgain(jobOf(run), undefined);
    }
  }

  function takeUp(run: RunSummary): void {
    if (run.state !== 'queued') wake.commanded(run.id);
    else enqueueAll([jobOf(run)]).catch((error) => onError(error, { runId: run.id }));
  }

  /** The hint says only that it is worth looking; the record says whether. */
  async function checkCommands(runId: string): Promise<void> {
    const known = active.get(runId);
    if (!known) return;
    const now = await runs.get(known.run.tenantId, runId);
    if (!now) return;
    if (now.cancelRequested) known.stop.abort(new StopRun('cancel'));
    known.control.answer(await runs.answers(runId));
    known.control.setPaused(now.pauseRequested);
  }

  /** Gives a run back that the store failed under, as soon as the store answers again. Does not throw. */
  async function queueAgain(job: Job, lease: Lease | undefined): Promise<void> {
    for (let wait = FIRST_REQUEUE_MS; await pause(wait); wait = Math.min(2 * wait, LAST_REQUEUE_MS)) {
      try {
        if (lease) await runs.release(lease, clock.now());
        await queue.enqueue(job);
        return;
      } catch (error) {
        onError(error, { runId: job.runId });
      }
    }
  }

  /** Whether the worker still works after the wait; when it drains, the next boot recovers the rest. */
  async function pause(ms: number): Promise<boolean> {
    try {
      await clock.sleep(ms, draining.signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Makes up for hints that got lost. */
  async function pollCommands(): Promise<void> {
    while (await pause(COMMAND_POLL_MS)) {
      for (const runId of [...active.keys()]) {
        await checkCommands(runId).catch((error) => onError(error, { runId }));
      }
    }
  }

  /** Takes up the runs whose time is over while they wait or are paused. */
  async function pollWakes(): Promise<void> {
    while (await pause(WAKE_POLL_MS)) {
      try {
        await enqueueAll(await runs.wake(clock.now(), WAKE_LIMIT));
      } catch (error) {
        onError(error, {});
      }
    }
  }

  async function enqueueAll(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      while (!(await tryEnqueue(job))) if (!(await pause(QUEUE_POLL_MS))) return;
    }
  }

  async function tryEnqueue(job: Job): Promise<boolean> {
    try {
      await queue.enqueue(job);
      return true;
    } catch (error) {
      if (error instanceof QueueFullError) return false;
      throw error;
    }
  }

  return {
    work,

    takeUp,

    async recover() {
      const jobs = await runs.recover(owner);
      queue.process(work);
      void pollCommands();
      void pollWakes();
      await enqueueAll(jobs);
    },

    async drain(deadlineMs) {
      draining.abort();
      const stopped = queue.stop();
      for (const { stop } of active.values()) stop.abort(new StopRun('release'));
      const over = new AbortController();
      const late = clock.sleep(deadlineMs, over.signal).catch(() => undefined);
      await Promise.race([stopped, late]).finally(() => over.abort());
    },
  };
}
