import type { JsonObject } from '../events.ts';
import type { Page, PageRequest } from './page.ts';

/** When a workflow runs by itself. */
export interface Schedule {
  readonly id: string;
  readonly tenantId: string;
  readonly workflowId: string;
  /** Five or six fields (seconds first), or a name such as `@daily`. */
  readonly cron: string;
  /** An IANA time zone. */
  readonly timeZone: string;
  readonly inputs: JsonObject;
  /** What happens when the run before has not ended: leave this one out, run both, or cancel that one. */
  readonly overlap: 'skip' | 'allow' | 'cancel_previous';
  /** What happens with times at which no server ran: nothing, one run, or one for each, at most 100. */
  readonly missed: 'skip' | 'run_once' | 'run_all';
  readonly enabled: boolean;
  /** The next time, in milliseconds since the epoch; absent when there is none or it is not enabled. */
  readonly nextAt?: number;
  readonly lastAt?: number;
  readonly lastRunId?: string;
  /** Why the last time did not start a run. */
  readonly lastError?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ScheduleStore {
  create(schedule: Schedule): Promise<void>;
  get(tenantId: string, scheduleId: string): Promise<Schedule | undefined>;
  /** Newest first. Throws InvalidCursorError. */
  list(tenantId: string, page: PageRequest): Promise<Page<Schedule>>;
  /** Replaces it; undefined when it is gone. */
  update(schedule: Schedule): Promise<Schedule | undefined>;
  delete(tenantId: string, scheduleId: string): Promise<boolean>;
  /** Enabled ones whose `nextAt` has come, oldest first. */
  due(now: number, limit: number): Promise<readonly Schedule[]>;
  /** Moves `nextAt` on, if it still is `from`: whoever does it may start the run. Answers whether it did. */
  advance(scheduleId: string, from: number, nextAt: number | undefined): Promise<boolean>;
  /** What became of a time. */
  record(
    scheduleId: string,
    outcome: { readonly at: number; readonly runId?: string; readonly error?: string },
  ): Promise<void>;
}
