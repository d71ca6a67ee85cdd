import type { RunEvent } from '../../events.ts';
import type { Clock, EventLog, RunStore, Wake } from '../../ports.ts';
import { type RunState, TRANSITIONS } from '../../run-state.ts';
import {
  createManualClock,
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
  createServices,
} from '../../testing/index.ts';
import { createRunService, type RunService } from '../run-service.ts';
import { createGate } from './gate.ts';

export const TENANT = 'tenant_1';

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = <T>(): Promise<T> => new Promise(() => undefined);

/** What goes wrong from now on. */
export interface Faults {
  /** How many of the next appends fail. */
  appends: number;
  /** How many of the next other calls of the store fail. */
  calls: number;
  /** The next call of this method fails. */
  method: keyof RunStore | undefined;
  /** Hints about commands get lost. */
  losesHints: boolean;
}

/** Any call of the store, which may fail or never come back. */
type StoreCall = <T>(
  method: keyof EventLog | keyof RunStore,
  runId: string | undefined,
  operation: () => Promise<T>,
) => Promise<T>;

export class StoreFault extends Error {
  override readonly name = 'StoreFault';
}

/** A server process: gone once it is killed, with all that it had not yet committed. */
export interface Process {
  readonly service: RunService;
  readonly gate: ReturnType<typeof createGate>;
  kill(): void;
}

export interface WorldOptions {
  /** From 0 to below 1; the same sequence makes the same world. */
  readonly random: () => number;
  readonly maxNodeCrashes: number;
  /** Told of each call of the model, and whether it is from the process that began last. */
  readonly onCall: (caller: string, isOfLatest: boolean) => void;
}

/** Server processes over one store, one clock and one channel of hints. */
export function createWorld({ random, maxNodeCrashes, onCall }: WorldOptions) {
  const clock = createManualClock();
  const wake = createMemoryWake();
  const store = createMemoryStore({ clock, wake });
  const faults: Faults = { appends: 0, calls: 0, method: undefined, losesHints: false };
  const problems: string[] = [];
  const seen = new Map<string, RunState>();
  let boots = 0;
  let isHealed = false;

  /** Other work comes in between, as with a store that is elsewhere. */
  async function lag(): Promise<void> {
    for (let turns = Math.floor(random() * 3); turns > 0; turns--) await turn();
  }

  /** Looks at how an operation of the store moved its run. */
  function watched<T>(runId: string | undefined, operation: () => Promise<T>): Promise<T> {
    const result = operation();
    for (const id of runId === undefined ? seen.keys() : [runId]) {
      const [before, after] = [seen.get(id), store.run(id)?.state];
      if (after === undefined || before === after) continue;
      seen.set(id, after);
      if (before !== undefined && !leads(before, after))
        problems.push(`the run went from ${before} to ${after}`);
    }
    return result;
  }

  function takeFault(method: keyof EventLog | keyof RunStore): boolean {
    const kind = method === 'append' ? 'appends' : 'calls';
    if (faults.method === method) faults.method = undefined;
    else if (faults[kind] > 0) faults[kind]--;
    else return false;
    return true;
  }

  function boot(): Process {
    const number = ++boots;
    let isAlive = true;
    const alive = <T>(value: T): T | Promise<T> => (isAlive ? value : never());

    async function call<T>(
      method: keyof EventLog | keyof RunStore,
      runId: string | undefined,
      operation: () => Promise<T>,
    ): Promise<T> {
      await lag();
      if (!isAlive) return never();
      if (takeFault(method)) throw new StoreFault(`${method} fails`);
      return alive(await watched(runId, operation));
    }

    const log = createOrderedLog(store.log, call);
    const runs: RunStore = {
      ...store.runs,
      create(run) {
        seen.set(run.id, 'queued');
        return store.runs.create(run);
      },
      claim: (runId, owner, now) => call('claim', runId, () => store.runs.claim(runId, owner, now)),
      release: (lease, now) => call('release', lease.runId, () => store.runs.release(lease, now)),
      get: (tenantId, runId) => call('get', runId, () => store.runs.get(tenantId, runId)),
      requestCancel: (tenantId, runId) =>
        call('requestCancel', runId, () => store.runs.requestCancel(tenantId, runId)),
      requestPause: (tenantId, runId) =>
        call('requestPause', runId, () => store.runs.requestPause(tenantId, runId)),
      resume: (tenantId, runId, now) => call('resume', runId, () => store.runs.resume(tenantId, runId, now)),
      answer: (tenantId, runId, answer, now) =>
        call('answer', runId, () => store.runs.answer(tenantId, runId, answer, now)),
      answers: (runId) => call('answers', runId, () => store.runs.answers(runId)),
      wake: (now, limit) => call('wake', undefined, () => store.runs.wake(now, limit)),
      recover: (owner) => watched(undefined, () => store.runs.recover(owner)),
    };
    const hints: Wake = {
      ...wake,
      commanded: (runId) => {
        if (isAlive && !faults.losesHints) wake.commanded(runId);
      },
      onCommanded: (runId, listener) => wake.onCommanded(runId, () => isAlive && listener()),
    };
    const ownClock: Clock = {
      now: clock.now,
      sleep: (ms, signal) => clock.sleep(ms, signal).then(alive),
    };
    const gate = createGate(
      (caller) => onCall(caller, number === boots),
      () => isHealed,
    );
    const service = createRunService({
      log,
      runs,
      workflows: store.workflows,
      queue: createMemoryQueue(),
      wake: hints,
      services: createServices({ clock: ownClock, models: gate.models, validateSchema: () => [] }),
      owner: `boot_${number}`,
      maxNodeCrashes,
      random: () => 0,
      onError: (error) => {
        if (!(error instanceof StoreFault))
          problems.push(`an error: ${error instanceof Error ? error.stack : error}`);
      },
    });
    return {
      service,
      gate: { ...gate, waiting: () => (isAlive ? gate.waiting() : []) },
      kill() {
        isAlive = false;
      },
    };
  }

  return {
    store,
    clock,
    faults,
    problems,
    boot,
    /** From now on the model answers everything. */
    heal() {
      isHealed = true;
    },
  };
}

export type World = ReturnType<typeof createWorld>;

/** Commits appends later, each run's in call order; what was not committed dies with its process. */
function createOrderedLog(log: EventLog, call: StoreCall): EventLog {
  let last: Promise<unknown> = Promise.resolve();
  return {
    append(lease, firstSeq, events: readonly RunEvent[], change) {
      const before = last;
      const append = before
        .catch(() => undefined)
        .then(() => call('append', lease.runId, () => log.append(lease, firstSeq, events, change)));
      last = append;
      return append;
    },
    read: (runId, after, limit) => call('read', runId, () => log.read(runId, after, limit)),
    readTypes: (runId, types) => call('readTypes', runId, () => log.readTypes(runId, types)),
  };
}

/** Whether a command leads from one state to the other. */
const leads = (before: RunState, after: RunState): boolean =>
  Object.values(TRANSITIONS[before]).includes(after);
