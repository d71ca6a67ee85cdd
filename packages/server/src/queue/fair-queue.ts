import type { Job } from '@flowwire/engine';
import { createIndexedHeap, type IndexedHeap } from './indexed-heap.ts';

/** How many jobs are under way at once. */
export interface FairLimits {
  /** Of one tenant, outside of pools. */
  readonly tenant: number;
  /** Of one tenant in each pool; as many as outside of pools in one that is not named here. */
  readonly pools?: Readonly<Record<string, number>>;
}

/** How many jobs of one tenant are under way at once in a pool, or outside of pools. */
export const laneRoom = ({ tenant, pools = {} }: FairLimits, pool: string | undefined): number =>
  (pool !== undefined && Object.hasOwn(pools, pool) ? pools[pool] : undefined) ?? tenant;

/**
 * Jobs that wait, and how many of each lane are under way. A tenant has a lane for each of its pools and one for all
 * other jobs. Everything costs O(log n) at most.
 */
export interface FairQueue {
  /** Nothing happens when the run waits already. */
  push(job: Job): void;
  /**
   * Takes the next one, which is then under way: of those whose lanes have room the highest priority, then
   * the first come. Undefined when there is none.
   */
  take(): Job | undefined;
  /** A job that was taken has ended. */
  end(job: Job): void;
  /** Takes out a job that waits; false when it does not. */
  remove(runId: string): boolean;
  size(): number;
}

interface Waiting {
  readonly job: Job;
  /** Grows with each push: a heap alone does not keep the order of equals. */
  readonly order: number;
}

interface Lane {
  readonly key: string;
  readonly limit: number;
  readonly waiting: IndexedHeap<Waiting>;
  active: number;
}

const isBefore = (a: Waiting, b: Waiting) =>
  a.job.priority === b.job.priority ? a.order < b.order : a.job.priority > b.job.priority;

export function createFairQueue(limits: FairLimits): FairQueue {
  const waiting = new Map<string, Waiting>();
  const lanes = new Map<string, Lane>();
  // Lanes with room that have jobs waiting, by the job that is next. A lane without room is not here, and so
  // holds nobody up.
  const ready = createIndexedHeap<Lane>((a, b) => {
    const [first, second] = [a.waiting.first(), b.waiting.first()];
    return first !== undefined && second !== undefined && isBefore(first, second);
  });
  let pushed = 0;

  const laneOf = ({ tenantId, pool }: Job): Lane => {
    const key = JSON.stringify([tenantId, pool]);
    const limit = laneRoom(limits, pool);
    const known = lanes.get(key) ?? { key, limit, waiting: createIndexedHeap(isBefore), active: 0 };
    lanes.set(key, known);
    return known;
  };

  /** Runs `change`, after which the job's lane may have another job to offer, or none, or have no place for it. */
  const update = (job: Job, change: (lane: Lane) => void) => {
    const lane = laneOf(job);
    // Out of the heap first: a heap whose items change their rank within it finds nothing any more.
    ready.remove(lane);
    change(lane);
    if (lane.waiting.size() > 0 && lane.active < lane.limit) ready.place(lane);
    if (lane.waiting.size() === 0 && lane.active === 0) lanes.delete(lane.key);
  };

  const drop = (entry: Waiting, lane: Lane) => {
    lane.waiting.remove(entry);
    waiting.delete(entry.job.runId);
  };

  return {
    push(job) {
      if (waiting.has(job.runId)) return;
      const entry = { job, order: pushed++ };
      waiting.set(job.runId, entry);
      update(job, (lane) => lane.waiting.place(entry));
    },

    take() {
      const next = ready.first()?.waiting.first();
      if (!next) return undefined;
      update(next.job, (lane) => {
        drop(next, lane);
        lane.active += 1;
      });
      return next.job;
    },

    end(job) {
      update(job, (lane) => {
        lane.active -= 1;
      });
    },

    remove(runId) {
      const entry = waiting.get(runId);
      if (entry) update(entry.job, (lane) => drop(entry, lane));
      return entry !== undefined;
    },

    size: () => waiting.size,
  };
}
