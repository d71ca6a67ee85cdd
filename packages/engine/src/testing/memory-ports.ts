import type { StoredEvent } from '../events.ts';
import type {
  ConversationStore,
  EventLog,
  Run,
  RunStore,
  ScheduleStore,
  SecretStore,
  StatsStore,
  WorkflowStore,
} from '../ports.ts';
import {
  createMemoryConversations,
  createMemorySecrets,
  type MemoryConversations,
  type MemorySecrets,
} from './memory-conversations.ts';
import { createMemoryLog, type MemoryLogOptions } from './memory-log.ts';
import { createRow, type MemoryRows } from './memory-rows.ts';
import { createMemoryRuns } from './memory-runs.ts';
import { createMemorySchedules, type MemorySchedules } from './memory-schedules.ts';
import { createMemoryStats } from './memory-stats.ts';
import { createMemoryWorkflows, type MemoryWorkflows } from './memory-workflows.ts';

/** The ports in memory, for tests: nothing survives the process, nothing is bounded. */
export interface MemoryStore {
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly workflows: WorkflowStore;
  readonly conversations: ConversationStore;
  readonly secrets: SecretStore;
  readonly schedules: ScheduleStore;
  readonly stats: StatsStore;
  /** Stores a run as it is, with events that it already has. */
  seed(run: Run, events: readonly StoredEvent[]): void;
  /** Every event of a run. */
  events(runId: string): readonly StoredEvent[];
  /** The whole record. */
  run(runId: string): Run | undefined;
}

/** What several stores may share, as several processes share a database. */
export interface MemoryData {
  readonly runs: MemoryRows;
  readonly workflows: MemoryWorkflows;
  readonly conversations: MemoryConversations;
  readonly secrets: MemorySecrets;
  readonly schedules: MemorySchedules;
}

export const createMemoryData = (): MemoryData => ({
  runs: new Map(),
  workflows: new Map(),
  conversations: new Map(),
  secrets: new Map(),
  schedules: new Map(),
});

export interface MemoryStoreOptions extends MemoryLogOptions {
  /** Default: data of its own. */
  readonly data?: MemoryData;
}

export function createMemoryStore({
  data = createMemoryData(),
  ...options
}: MemoryStoreOptions): MemoryStore {
  return {
    log: createMemoryLog(data.runs, options),
    runs: createMemoryRuns(data.runs),
    workflows: createMemoryWorkflows(data.workflows, data.runs),
    conversations: createMemoryConversations(data.conversations),
    secrets: createMemorySecrets(data.secrets),
    schedules: createMemorySchedules(data.schedules),
    stats: createMemoryStats(data.runs, data.workflows),
    seed(run, events) {
      data.runs.set(run.id, createRow(run, [...events]));
    },
    events: (runId) => data.runs.get(runId)?.events ?? [],
    run: (runId) => data.runs.get(runId)?.run,
  };
}
