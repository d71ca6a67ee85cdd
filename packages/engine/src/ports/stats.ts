import type { TokenUsage } from '../events.ts';
import type { RunState } from '../run-state.ts';

export interface StatsQuery {
  readonly workflowId?: string;
  /** Exclusive, as all bounds of created times. */
  readonly createdAfter: number;
  readonly createdBefore: number;
  readonly groupBy: readonly ('workflow' | 'node' | 'day')[];
}

/** Milliseconds that half, and 95 of 100, do not exceed: values that occurred (nearest rank). */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

/** Figures of a group of runs. What cannot be told because none has ended is absent. */
export interface RunFigures {
  readonly runs: number;
  readonly byState: Readonly<Record<RunState, number>>;
  /** The share that succeeded of those that ended. */
  readonly successRate?: number;
  /** From the first claim to the end. */
  readonly elapsedMs?: Percentiles;
  /** From the creation to the first claim. */
  readonly queuedMs?: Percentiles;
  readonly tokens: TokenUsage;
}

export interface NodeFigures {
  readonly workflowId: string;
  readonly nodeId: string;
  readonly nodeType: string;
  readonly title: string;
  /** How often it ended in runs that have ended; each time for itself inside a loop. */
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly retries: number;
  readonly elapsedMs?: Percentiles;
  readonly tokens: TokenUsage;
}

export interface Stats {
  readonly totals: RunFigures;
  /** The 100 with the most runs, most first. `name` is absent when the workflow is gone. */
  readonly byWorkflow?: readonly {
    readonly workflowId: string;
    readonly name?: string;
    readonly figures: RunFigures;
  }[];
  /** The 500 that ran most often, most first. */
  readonly byNode?: readonly NodeFigures[];
  /** Days (UTC, `2026-11-20`) with runs, in order. */
  readonly byDay?: readonly { readonly date: string; readonly figures: RunFigures }[];
}

export interface StatsStore {
  /** Of the runs of stored workflows. One-off runs have no place in it. */
  read(tenantId: string, query: StatsQuery): Promise<Stats>;
}
