import type { Job } from '@flowwire/engine';
import { createIndexedHeap, type IndexedHeap } from './indexed-heap.ts';

/** Jobs that wait, and how many of each tenant are under way. Everything costs O(log n) at most. */
export interface FairQueue {
  /** Nothing happens when the run waits already. */
  push(job: Job): void;
  /**
   * Takes the next one, which is then under way: of those whose tenants have room the highest priority, then
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

interface Tenant {
  readonly waiting: IndexedHeap<Waiting>;
  active: number;
}

const isBefore = (a: Waiting, b: Waiting) =>
  a.job.priority === b.job.priority ? a.order < b.order : a.job.priority > b.job.priority;

/** `tenantLimit`: how many jobs of one tenant are under way at once. */
export function createFairQueue(tenantLimit: number): FairQueue {
  const waiting = new Map<string, Waiting>();
  const tenants = new Map<string, Tenant>();
  // Tenants with room that have jobs waiting, by the job that is next. A tenant without room is not here, and
  // so holds nobody up.
  const ready = createIndexedHeap<Tenant>((a, b) => {
    const [first, second] = [a.waiting.first(), b.waiting.first()];
    return first !== undefined && second !== undefined && isBefore(first, second);
  });
  let pushed = 0;

  const tenantOf = (tenantId: string): Tenant => {
    const known = tenants.get(tenantId) ?? { waiting: createIndexedHeap(isBefore), active: 0 };
    tenants.set(tenantId, known);
    return known;
  };

  /** Runs `change`, after which a tenant may have another job to offer, or none, or have no place for it. */
  const update = (tenantId: string, change: (tenant: Tenant) => void) => {
    const tenant = tenantOf(tenantId);
    // Out of the heap first: a heap whose items change their rank within it finds nothing any more.
    ready.remove(tenant);
    change(tenant);
    if (tenant.waiting.size() > 0 && tenant.active < tenantLimit) ready.place(tenant);
    if (tenant.waiting.size() === 0 && tenant.active === 0) tenants.delete(tenantId);
  };

  const drop = (entry: Waiting, tenant: Tenant) => {
    tenant.waiting.remove(entry);
    waiting.delete(entry.job.runId);
  };

  return {
    push(job) {
      if (waiting.has(job.runId)) return;
      const entry = { job, order: pushed++ };
      waiting.set(job.runId, entry);
      update(job.tenantId, (tenant) => tenant.waiting.place(entry));
    },

    take() {
      const next = ready.first()?.waiting.first();
      if (!next) return undefined;
      update(next.job.tenantId, (tenant) => {
        drop(next, tenant);
        tenant.active += 1;
      });
      return next.job;
    },

    end(job) {
      update(job.tenantId, (tenant) => {
        tenant.active -= 1;
      });
    },

    remove(runId) {
      const entry = waiting.get(runId);
      if (entry) update(entry.job.tenantId, (tenant) => drop(entry, tenant));
      return entry !== undefined;
    },

    size: () => waiting.size,
  };
}
