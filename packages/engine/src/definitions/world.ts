import { setTimeout } from 'node:timers/promises';
import type { WorkflowDefinition } from '../definition/types.ts';
import type { StoredEvent } from '../events.ts';
import type { NodeServices } from '../nodes/node-type.ts';
import type { EventLog, Run, RunAnswer, RunSummary } from '../ports.ts';
import { isFinal } from '../run-state.ts';
import { createRunService, type RunService } from '../service/run-service.ts';
import {
  createMemoryData,
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
} from '../testing/index.ts';
import { type Answer, type CaseRun, listOf } from './case.ts';
import { validateSchema } from './schemas.ts';
import { createShiftingClock } from './shifting-clock.ts';

const TENANT = 'tenant_1';
/** Noon of a day, so that it is the same day for every run. */
const NOON = Date.UTC(2026, 5, 1, 12);
const MONTH_MS = 30 * 24 * 3_600_000;
const PATIENCE_MS = 30_000;

/** What outlives a process, and what its nodes use. */
export interface WorldOptions {
  readonly definition: WorkflowDefinition;
  readonly subflows: Readonly<Record<string, WorkflowDefinition>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** What nodes use, beside the clock. */
  readonly services: Omit<NodeServices, 'clock' | 'validateSchema'>;
}

export interface World {
  /** Runs to the end. With `diesAfter` the process dies once it has stored that many events, and another one goes on. */
  run(
    run: CaseRun,
    diesAfter?: number,
  ): Promise<{ readonly run: Run; readonly events: readonly StoredEvent[] }>;
  close(): Promise<void>;
}

const WORKFLOW = 'wf_case';

export async function createWorld({ definition, subflows, secrets, services }: WorldOptions): Promise<World> {
  const clock = createShiftingClock(NOON);
  const wake = createMemoryWake();
  const data = createMemoryData();
  const store = createMemoryStore({ wake, clock, data });
  const errors: unknown[] = [];
  let boots = 0;
  let service: RunService = await boot(store.log);

  for (const [id, one] of Object.entries({ ...subflows, [WORKFLOW]: definition })) {
    await store.workflows.create({ id, tenantId: TENANT, definition: one, createdAt: NOON });
  }
  for (const [name, value] of Object.entries(secrets)) await store.secrets.set(TENANT, name, value, NOON);

  async function boot(log: EventLog): Promise<RunService> {
    const booted = createRunService({
      log,
      runs: store.runs,
      workflows: store.workflows,
      conversations: store.conversations,
      secrets: store.secrets,
      queue: createMemoryQueue(),
      wake,
      services: { ...services, clock, validateSchema },
      owner: `process_${++boots}`,
      onError: (error) => void (error instanceof DeathError || errors.push(error)),
      random: () => 0,
    });
    await booted.recover();
    return booted;
  }

  /** Answers one question of those that are open, or lets it expire. */
  async function answerOne(run: RunSummary, answers: CaseRun['answers'] = {}): Promise<void> {
    const [question] = await service.questions(run);
    if (!question) return;
    const { questionId, nodeId, expiresAt } = question;
    const known = Object.hasOwn(answers, nodeId) ? answers[nodeId] : undefined;
    const before = store
      .events(run.id)
      .filter(({ event }) => event.type === 'question_answered' && event.nodeId === nodeId);
    const answer: Answer | undefined = known && listOf(known)[before.length];
    if (!answer) throw new Error(`nobody answers ${nodeId}`);
    if ('expire' in answer) {
      if (expiresAt === undefined) throw new Error(`${nodeId} does not expire`);
      clock.shift(expiresAt - clock.now());
      return;
    }
    const outcome = await service.answer(TENANT, run.id, { questionId, reply: replyOf(answer) });
    if (outcome.outcome !== 'done') throw new Error(`the answer to ${nodeId} is ${JSON.stringify(outcome)}`);
  }

  /** Goes through waits before retries, so that nobody sits them out. */
  function skipDelays(runId: string, from: number): number {
    const events = store.events(runId);
    for (const { event } of events.slice(from)) if (event.type === 'node_retry') clock.shift(event.delayMs);
    return events.length;
  }

  async function run(wanted: CaseRun, diesAfter?: number): ReturnType<World['run']> {
    const mortal = diesAfter === undefined ? undefined : createMortalLog(store.log, diesAfter);
    if (mortal) {
      await service.drain(1_000);
      service = await boot(mortal.log);
    }
    const { inputs = {}, conversation, answers } = wanted;
    const request = { tenantId: TENANT, workflowId: WORKFLOW, userId: 'user_1', inputs, timeoutMs: MONTH_MS };
    const started = await service.start({
      ...request,
      ...(conversation !== undefined && { conversationId: conversation }),
    });
    if (!('run' in started)) throw new Error(started.outcome);
    const { id } = started.run;
    const patience = AbortSignal.timeout(PATIENCE_MS);
    let isReplaced = false;
    let seen = 0;
    for (;;) {
      const now = store.run(id);
      if (!now) throw new Error('the run is lost');
      if (mortal?.isDead() && !isReplaced) {
        await service.drain(1_000);
        service = await boot(store.log);
        isReplaced = true;
      } else if (isFinal(now.state)) {
        if (errors.length > 0) throw errors[0];
        return { run: now, events: store.events(id) };
      } else if (now.state === 'waiting') await answerOne(now, answers);
      seen = skipDelays(id, seen);
      if (patience.aborted)
        throw new Error(`nothing happens any more: ${JSON.stringify(store.events(id), null, 1)}`);
      await setTimeout(1);
    }
  }

  return { run, close: () => service.drain(1_000) };
}

class DeathError extends Error {}

/** A log of a process that dies once so many events are stored, even within an append. */
function createMortalLog(log: EventLog, diesAfter: number) {
  let isDead = false;
  const mortal: EventLog = {
    ...log,
    async append(lease, firstSeq, events, change) {
      if (isDead) throw new DeathError('the process is dead');
      const left = diesAfter - firstSeq + 1;
      isDead = events.length >= left;
      if (events.length <= left) await log.append(lease, firstSeq, events, change);
      else if (left > 0) await log.append(lease, firstSeq, events.slice(0, left));
      if (isDead) throw new DeathError('the process has died');
    },
  };
  return { log: mortal, isDead: () => isDead };
}

function replyOf(answer: Exclude<Answer, { readonly expire: true }>): RunAnswer['reply'] {
  if ('choice' in answer) return { type: 'choice', ...answer };
  if ('text' in answer) return { type: 'text', ...answer };
  return { type: 'skip' in answer ? 'skipped' : 'given_up' };
}
