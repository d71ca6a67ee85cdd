import { InvalidInputsError, type ValidateSchema } from '../errors.ts';
import type { RunError, StoredEvent } from '../events.ts';
import { newId } from '../ids.ts';
import { isDeeperThan, MAX_DEPTH } from '../json.ts';
import type { NodeServices } from '../nodes/executor.ts';
import {
  type EventLog,
  type JobQueue,
  type Lease,
  type NewRun,
  QueueFullError,
  type Run,
  type RunStore,
  type RunSummary,
  type Wake,
} from '../ports.ts';
import { executeRun, StopRun } from '../run/execute.ts';
import { isFinal } from '../run-state.ts';
import { createFollowers, type Reader } from './follow.ts';
import { createWatchers } from './watchers.ts';

/** What a run's start may leave to the service. */
export interface RunDefaults {
  readonly priority: number;
  readonly timeoutMs: number;
  readonly onDisconnect: 'cancel' | 'continue';
  readonly disconnectGraceMs: number;
}

export type StartRun = Omit<NewRun, 'id' | 'createdAt' | keyof RunDefaults> & Partial<RunDefaults>;

export type StartOutcome =
  | { readonly outcome: 'created' | 'repeated'; readonly run: RunSummary }
  | { readonly outcome: 'conflict' };

export interface RunServiceDeps {
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly queue: JobQueue;
  readonly wake: Wake;
  /** Its clock is the service's clock. */
  readonly services: NodeServices;
  readonly validateSchema: ValidateSchema;
  /** Names this process in claims; another one for each boot. */
  readonly owner: string;
  /** Told what nobody waits for, such as a store that failed under a run. */
  readonly onError: (error: unknown, context: { readonly runId?: string }) => void;
  readonly defaults?: Partial<RunDefaults>;
  /** See `ExecuteDeps`. */
  readonly maxNodeCrashes?: number;
  /** From 0 to below 1; for the jitter of retries. */
  readonly random?: () => number;
}

/** Starts, runs, follows and stops runs. One per process. */
export interface RunService {
  /**
   * Stores and queues a run. `repeated` answers the run of an earlier call with the same idempotency key,
   * `conflict` says that the key belongs to a different request.
   * Throws InvalidInputsError, or QueueFullError, after which the run that was stored is cancelled.
   */
  start(request: StartRun): Promise<StartOutcome>;
  /** Asks for a run's end; a queued run ends at once. Undefined when unknown, unchanged when it has ended. */
  cancel(tenantId: string, runId: string): Promise<RunSummary | undefined>;
  /**
   * A run's events after a cursor, then live ones, until its end; see `Followers`. Whoever follows counts as
   * a reader: when the last one has left, a run with `onDisconnect: cancel` is cancelled once its grace is
   * over, unless another one came.
   */
  follow<T>(run: RunSummary, after: number, toItem: (stored: StoredEvent) => T): Reader<T>;
  /** Waits for the end, as a reader. Throws the signal's reason. */
  result(run: RunSummary, signal: AbortSignal): Promise<RunSummary>;
  /** Begins to work: takes up what earlier processes left, then claims queued runs. Called once. */
  recover(): Promise<void>;
  /**
   * Ends the work without ending a run: claims stop, runs under way commit what they told and go back to
   * the queue. Resolves when they have, or after `deadlineMs`: what is left is recovered like a crash.
   */
  drain(deadlineMs: number): Promise<void>;
}

const DEFAULTS: RunDefaults = {
  priority: 0,
  timeoutMs: 3_600_000,
  onDisconnect: 'continue',
  disconnectGraceMs: 10_000,
};
const RECONNECT_MS = 30_000;
const FIRST_READER_MS = 5_000;
const SERVER_ERROR: RunError = {
  code: 'server_error',
  message: 'The server failed under the run. Its log has the reason.',
};
const CANCEL_POLL_MS = 2_000;
const QUEUE_POLL_MS = 500;
const FIRST_REQUEUE_MS = 1_000;
const LAST_REQUEUE_MS = 30_000;

interface Job {
  readonly runId: string;
  readonly priority: number;
}

export function createRunService(deps: RunServiceDeps): RunService {
  const { log, runs, queue, wake, services, validateSchema, owner, onError, random = Math.random } = deps;
  const { clock } = services;
  const defaults: RunDefaults = { ...DEFAULTS, ...deps.defaults };
  const executeDeps = {
    log,
    services,
    validateSchema,
    random,
    ...(deps.maxNodeCrashes !== undefined && { maxNodeCrashes: deps.maxNodeCrashes }),
  };
  const active = new Map<string, { readonly run: Run; readonly stop: AbortController }>();
  const recovered = new Set<string>();
  /** Runs that the server failed under. They end as failed as soon as the store takes that in. */
  const failed = new Set<string>();
  const draining = new AbortController();
  const watchers = createWatchers(
    clock,
    async ({ tenantId, id }) => void (await cancel(tenantId, id)),
    (error) => onError(error, {}),
  );
  const followers = createFollowers(log, wake, clock);

  async function start(request: StartRun): Promise<StartOutcome> {
    const { inputs: schema } = request.definition;
    if (isDeeperThan(request.inputs, MAX_DEPTH)) {
      throw new InvalidInputsError([
        { pointer: '', code: 'maxDepth', message: `nests deeper than ${MAX_DEPTH} levels` },
      ]);
    }
    const problems = schema ? validateSchema(schema, request.inputs) : [];
    if (problems.length > 0) throw new InvalidInputsError(problems);
    if (!queue.hasRoom()) throw new QueueFullError('too many runs wait already');
    const id = newId('run', clock.now());
    const outcome = await runs.create({ ...defaults, ...request, id, createdAt: clock.now() });
    if (outcome.outcome !== 'created') return outcome;
    try {
      await queue.enqueue({ runId: id, priority: outcome.run.priority });
    } catch (error) {
      // Filled up meanwhile. Otherwise the run would stay queued, unknown to any queue, until the next boot.
      if (error instanceof QueueFullError) await cancel(request.tenantId, id);
      throw error;
    }
    watchers.expect(outcome.run, FIRST_READER_MS);
    return outcome;
  }

  async function cancel(tenantId: string, runId: string): Promise<RunSummary | undefined> {
    const run = await runs.requestCancel(tenantId, runId);
    if (!run || isFinal(run.state)) return run;
    wake.cancelRequested(runId);
    // A queued run may be far from its turn: claiming it here ends it now.
    if (run.state !== 'queued') return run;
    await queue.remove(runId);
    await work(runId);
    return runs.get(tenantId, runId);
  }

  function follow<T>(run: RunSummary, after: number, toItem: (stored: StoredEvent) => T): Reader<T> {
    return followers.follow(run, after, toItem, watchers.attach(run));
  }

  async function result(run: RunSummary, signal: AbortSignal): Promise<RunSummary> {
    const reader = follow(run, run.lastSeq, () => undefined);
    const stop = (): void => void reader.return();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    for await (const _ of reader);
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    const ended = await runs.get(run.tenantId, run.id);
    if (!ended) throw new Error(`run ${run.id} disappeared`);
    return ended;
  }

  /** One job of the queue. Does not throw: a run that cannot end here is queued again, to end as failed. */
  async function work(runId: string): Promise<void> {
    try {
      const run = await runs.claim(runId, owner, clock.now());
      if (!run) return;
      if (recovered.delete(runId)) watchers.expect(run, RECONNECT_MS);
      await perform(run);
    } catch (error) {
      onError(error, { runId });
      void queueAgain({ runId, priority: defaults.priority }, undefined);
    }
  }

  async function perform(run: Run): Promise<void> {
    const stop = new AbortController();
    const lease = { runId: run.id, epoch: run.epoch };
    active.set(run.id, { run, stop });
    const stopListening = wake.onCancelRequested(run.id, () => {
      checkCancel(run, stop).catch((error) => onError(error, { runId: run.id }));
    });
    if (draining.signal.aborted) stop.abort(new StopRun('release'));
    try {
      const failure = failed.has(run.id) ? SERVER_ERROR : undefined;
      const ending = await executeRun(run, executeDeps, stop.signal, failure);
      failed.delete(run.id);
      if (ending === 'released') await runs.release(lease);
      else watchers.ended(run.id);
    } catch (error) {
      onError(error, { runId: run.id });
      failed.add(run.id);
      void queueAgain({ runId: run.id, priority: run.priority }, lease);
    } finally {
      stopListening();
      active.delete(run.id);
    }
  }

  /** The hint says only that it is worth looking; the record says whether. */
  async function checkCancel(run: Run, stop: AbortController): Promise<void> {
    const now = await runs.get(run.tenantId, run.id);
    if (now?.cancelRequested) stop.abort(new StopRun('cancel'));
  }

  /** Gives a run back that the store failed under, as soon as the store answers again. Does not throw. */
  async function queueAgain(job: Job, lease: Lease | undefined): Promise<void> {
    for (let wait = FIRST_REQUEUE_MS; await pause(wait); wait = Math.min(2 * wait, LAST_REQUEUE_MS)) {
      try {
        if (lease) await runs.release(lease);
        await queue.enqueue(job);
        return;
      } catch (error) {
        onError(error, { runId: job.runId });
      }
    }
  }

  /** Whether the service still works after the wait; when it drains, the next boot recovers the rest. */
  async function pause(ms: number): Promise<boolean> {
    try {
      await clock.sleep(ms, draining.signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Makes up for cancel hints that got lost. */
  async function pollCancels(): Promise<void> {
    while (await pause(CANCEL_POLL_MS)) {
      for (const { run, stop } of active.values()) {
        await checkCancel(run, stop).catch((error) => onError(error, { runId: run.id }));
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

  async function recover(): Promise<void> {
    const jobs = await runs.recover(owner);
    for (const { runId } of jobs) recovered.add(runId);
    queue.process(work);
    void pollCancels();
    await enqueueAll(jobs);
  }

  async function drain(deadlineMs: number): Promise<void> {
    draining.abort();
    watchers.close();
    const stopped = queue.stop();
    for (const { stop } of active.values()) stop.abort(new StopRun('release'));
    const over = new AbortController();
    const late = clock.sleep(deadlineMs, over.signal).catch(() => undefined);
    await Promise.race([stopped, late]).finally(() => over.abort());
  }

  return { start, cancel, follow, result, recover, drain };
}
