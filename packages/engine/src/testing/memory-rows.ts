import type { NodeFinished, StoredEvent } from '../events.ts';
import type { NewRun, Run, RunAnswer, RunSummary } from '../ports.ts';
import { isFinal, type RunState } from '../run-state.ts';

/** A run as memory has it. */
export interface MemoryRow {
  run: Run;
  owner: string | undefined;
  wakeAt: number | undefined;
  events: readonly StoredEvent[];
  answers: readonly RunAnswer[];
  nodes: readonly NodeFinished[];
  readonly cacheKey: string | undefined;
  readonly idempotency: NewRun['idempotency'];
}

export type MemoryRows = Map<string, MemoryRow>;

export const createRow = (
  run: Run,
  events: readonly StoredEvent[],
  {
    cacheKey,
    idempotency,
  }: { readonly cacheKey?: string; readonly idempotency?: NewRun['idempotency'] } = {},
): MemoryRow => ({
  run,
  owner: undefined,
  wakeAt: undefined,
  events,
  answers: [],
  nodes: [],
  cacheKey,
  idempotency,
});

export function change(row: MemoryRow, fields: Partial<Run>): void {
  row.run = { ...row.run, ...fields };
}

export const toSummary = ({ definition, subflows, history, ...summary }: Run): RunSummary => summary;

export const hasEnded = ({ run }: MemoryRow): boolean => isFinal(run.state);

export const isSuspended = (state: RunState | undefined): boolean =>
  state === 'waiting' || state === 'paused';

/** First to run first. */
export const byTurn = (a: Run, b: Run): number =>
  b.priority - a.priority || a.createdAt - b.createdAt || compare(a.id, b.id);

export const compare = (a: string | number, b: string | number): number => (a < b ? -1 : Number(a > b));
