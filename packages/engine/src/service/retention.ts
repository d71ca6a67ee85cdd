import type { Clock, RetentionPolicy, RunStore } from '../ports.ts';

export interface RetentionDeps {
  readonly runs: Pick<RunStore, 'prune'>;
  readonly clock: Clock;
  readonly policy: RetentionPolicy;
  readonly onError: (error: unknown) => void;
}

/** Deletes what the policy says is no longer kept, while the process runs. */
export interface Retention {
  /** Begins to look, at once and then every ten minutes. Called once. */
  start(): void;
  /** Resolves when no step is under way. */
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 600_000;
// Short steps with a breath in between: on SQLite each holds up every other write.
const STEP_RUNS = 50;
const STEP_PAUSE_MS = 50;

export function createRetention({ runs, clock, policy, onError }: RetentionDeps): Retention {
  const stopped = new AbortController();
  let done: Promise<void> = Promise.resolve();

  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, stopped.signal).catch(() => undefined);
  }

  async function prune(): Promise<void> {
    while (!stopped.signal.aborted && (await runs.prune(policy, clock.now(), STEP_RUNS)) > 0) {
      await pause(STEP_PAUSE_MS);
    }
  }

  async function look(): Promise<void> {
    while (!stopped.signal.aborted) {
      await prune().catch(onError);
      await pause(LOOK_EVERY_MS);
    }
  }

  return {
    start() {
      if (Object.values(policy).some((limit) => limit !== undefined)) done = look();
    },
    async stop() {
      stopped.abort();
      await done;
    },
  };
}
