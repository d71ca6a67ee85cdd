import type { StoredEvent } from '../events.ts';
import type { NodeServices } from '../nodes/node-type.ts';
import {
  type ConversationStore,
  type EventLog,
  type Idempotency,
  type JobQueue,
  jobOf,
  type Repeated,
  type RunAnswer,
  type RunStore,
  type RunSummary,
  type SecretStore,
  type Wake,
  type WorkflowStore,
} from '../ports.ts';
import { isFinal } from '../run-state.ts';
import { createFollowers, type Reader } from './follow.ts';
import { createOpenQuestions } from './open-questions.ts';
import type {
  AnswerOutcome,
  CommandOutcome,
  OneOffOutcome,
  OpenQuestion,
  RunDefaults,
  StartOneOff,
  StartOutcome,
  StartRun,
} from './requests.ts';
import { createStarting } from './starting.ts';
import { createWatchers } from './watchers.ts';
import { createWorker } from './worker.ts';

export interface RunServiceDeps {
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly queue: JobQueue;
  readonly wake: Wake;
  /** Its clock is the service's clock. */
  readonly services: NodeServices;
  readonly workflows: Pick<WorkflowStore, 'get' | 'current'>;
  readonly secrets?: SecretStore;
  readonly conversations?: ConversationStore;
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
   * Stores and queues a run. `repeated` answers the run of an earlier call with the same idempotency key, whatever has
   * become since of the workflow, of what it takes and of the room in the queue.
   * Throws InvalidInputsError, UnknownSubflowError, or QueueFullError, after which the run that was stored is
   * cancelled.
   */
  start(request: StartRun): Promise<StartOutcome>;
  /**
   * What an earlier request with this key has started, for callers that judge a request before they start a run. Undefined
   * when there was none.
   */
  repeated(tenantId: string, idempotency: Idempotency | undefined): Promise<Repeated | undefined>;
  /**
   * As `start`, of a definition that is stored nowhere else. The run's `workflowId` is its kind, its version 1. That the
   * definition is sound is the caller's to check.
   */
  startOneOff(request: StartOneOff): Promise<OneOffOutcome>;
  /**
   * Starts a new run of the same version with the same inputs, which keeps the outputs of an ended run: of all its
   * nodes but those that failed or were cancelled, or `from`, and what follows them. Refused while the run has not
   * ended, and when `from` is no node of its definition (top level).
   */
  restart(
    tenantId: string,
    runId: string,
    options: {
      readonly from?: string;
      readonly userId: string;
      readonly idempotency?: Idempotency;
    },
  ): Promise<CommandOutcome | { readonly outcome: 'conflict' } | { readonly outcome: 'unknown_node' }>;
  /** Asks for a run's end; one that is not running ends at once. Refused when it has ended. */
  cancel(tenantId: string, runId: string): Promise<CommandOutcome>;
  /** Asks a run to pause at its next node boundary. Refused when it is paused or has ended. */
  pause(tenantId: string, runId: string): Promise<CommandOutcome>;
  /** Lets a paused run go on, or takes the wish to pause back. Refused for any other run. */
  resume(tenantId: string, runId: string): Promise<CommandOutcome>;
  /** Answers an open question; the first answer counts. Refused when the run has ended. */
  answer(tenantId: string, runId: string, answer: RunAnswer): Promise<AnswerOutcome>;
  /** Whether a run exists and has not ended. */
  isUnderWay(tenantId: string, runId: string): Promise<boolean>;
  /** The questions of a run that wait for an answer, oldest first. */
  questions(run: RunSummary): Promise<readonly OpenQuestion[]>;
  /**
   * A run's events after a cursor, then live ones, until its end; see `Followers`. Whoever follows counts as
   * a reader: when the last one has left, a run with `onDisconnect: cancel` is cancelled once its grace is
   * over, unless another one came, it is paused, or it waits for an answer. A cursor below `run.prunedSeq` is
   * the caller's to refuse.
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

export function createRunService(deps: RunServiceDeps): RunService {
  const { log, runs, queue, wake, onError } = deps;
  const { clock } = deps.services;
  const watchers = createWatchers(clock, leave, (error) => onError(error, {}));
  const followers = createFollowers(log, wake, clock);
  const worker = createWorker(deps, watchers);
  const { start, startOneOff, restart, repeated } = createStarting(deps, watchers, cancel);
  const { answer, questions } = createOpenQuestions(deps, worker);

  /** Has a wish come true that was stored: at once where no process works on the run. */
  async function carryOut(run: RunSummary): Promise<RunSummary> {
    wake.commanded(run.id);
    // A queued run may be far from its turn, and what was asked ends or suspends it.
    if (run.state !== 'queued') return run;
    await queue.remove(run.id);
    await worker.work(jobOf(run));
    return (await runs.get(run.tenantId, run.id)) ?? run;
  }

  async function cancel(tenantId: string, runId: string): Promise<CommandOutcome> {
    const run = await runs.requestCancel(tenantId, runId);
    if (!run) return { outcome: 'unknown_run' };
    if (isFinal(run.state)) return { outcome: 'refused', run };
    return { outcome: 'done', run: await carryOut(run) };
  }

  async function pause(tenantId: string, runId: string): Promise<CommandOutcome> {
    const run = await runs.requestPause(tenantId, runId);
    if (!run) return { outcome: 'unknown_run' };
    if (run.state === 'paused' || isFinal(run.state)) return { outcome: 'refused', run };
    return { outcome: 'done', run: await carryOut(run) };
  }

  async function resume(tenantId: string, runId: string): Promise<CommandOutcome> {
    const before = await runs.get(tenantId, runId);
    if (!before) return { outcome: 'unknown_run' };
    const isWished = before.state === 'paused' || before.pauseRequested;
    if (!isWished || isFinal(before.state)) return { outcome: 'refused', run: before };
    const run = (await runs.resume(tenantId, runId, clock.now())) ?? before;
    worker.takeUp(run);
    return { outcome: 'done', run };
  }

  async function isUnderWay(tenantId: string, runId: string): Promise<boolean> {
    const run = await runs.get(tenantId, runId);
    return run !== undefined && !isFinal(run.state);
  }

  /** Nobody reads a run any more. Whoever paused it or asked a person means to come back to it. */
  async function leave({ tenantId, id }: { readonly tenantId: string; readonly id: string }): Promise<void> {
    const run = await runs.get(tenantId, id);
    if (run?.state !== 'paused' && run?.state !== 'waiting') await cancel(tenantId, id);
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

  async function drain(deadlineMs: number): Promise<void> {
    watchers.close();
    await worker.drain(deadlineMs);
  }

  return {
    start,
    startOneOff,
    restart,
    repeated,
    cancel,
    pause,
    resume,
    answer,
    isUnderWay,
    questions,
    follow,
    result,
    recover: worker.recover,
    drain,
  };
}
