import type { StoredEvent } from '../events.ts';
import { type Clock, type EventLog, FencedError, type Lease, type RunChange, type Wake } from '../ports.ts';
import { change, isSuspended, type MemoryRow, type MemoryRows } from './memory-rows.ts';

export interface MemoryLogOptions {
  readonly wake?: Wake;
  readonly clock: Clock;
  /** Awaited before each append, which fails if it rejects. */
  readonly beforeAppend?: (lease: Lease) => Promise<void>;
}

const PAGE_BYTES = 256 * 1024;

export function createMemoryLog(rows: MemoryRows, options: MemoryLogOptions): EventLog {
  const { wake, clock, beforeAppend } = options;
  return {
    async append(lease, firstSeq, events, runChange = {}) {
      const { runId } = lease;
      const at = clock.now();
      if (beforeAppend) await beforeAppend(lease);
      const row = rows.get(runId);
      if (!row) throw new Error(`run ${runId} is unknown`);
      if (row.run.epoch !== lease.epoch || row.run.state !== 'running') throw new FencedError(lease);
      const { lastSeq } = row.run;
      if (firstSeq !== lastSeq + 1) {
        throw new Error(
          `an append to run ${runId} begins at seq ${firstSeq}, but its log ends at ${lastSeq}`,
        );
      }
      // As any store would, this one refuses what is not JSON.
      JSON.stringify(events);
      const stored = events.map((event, index): StoredEvent => ({ runId, seq: firstSeq + index, at, event }));
      row.events = [...row.events, ...stored];
      change(row, { lastSeq: lastSeq + events.length });
      apply(row, runChange, at);
      if (events.length > 0) wake?.appended(runId, row.run.lastSeq);
    },
    async read(runId, after, limit) {
      const following = rows.get(runId)?.events.filter(({ seq }) => seq > after) ?? [];
      let bytes = 0;
      const page: StoredEvent[] = [];
      for (const stored of following.slice(0, limit)) {
        if (bytes >= PAGE_BYTES) break;
        page.push(stored);
        bytes += Buffer.byteLength(JSON.stringify(stored.event));
      }
      return page;
    },
    async readTypes(runId, types) {
      return rows.get(runId)?.events.filter(({ event }) => types.includes(event.type)) ?? [];
    },
  };
}

function apply(row: MemoryRow, runChange: RunChange, at: number): void {
  const { wakeAt, answersSeen, nodes, ...fields } = runChange;
  change(row, fields);
  if (nodes) row.nodes = nodes.filter(({ reused }) => !reused);
  if (!isSuspended(fields.state)) return;
  row.wakeAt = wakeAt;
  if (wasAskedMeanwhile(row, answersSeen)) change(row, { state: 'queued', queuedAt: at });
}

/** Whether somebody wants something that the worker cannot have seen, as it would not have stopped here. */
function wasAskedMeanwhile({ run, answers }: MemoryRow, answersSeen = Number.POSITIVE_INFINITY): boolean {
  const { state, cancelRequested, pauseRequested } = run;
  return cancelRequested || answers.length > answersSeen || pauseRequested === (state === 'waiting');
}
