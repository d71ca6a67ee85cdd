import { type Job, type JobQueue, QueueFullError } from '../ports.ts';

export interface MemoryQueueOptions {
  readonly concurrency?: number;
  /** How many jobs of one tenant are under way at once, in each pool and outside of all. Default: `concurrency`. */
  readonly tenantConcurrency?: number;
  readonly capacity?: number;
}

/** A queue in memory: higher priority first, then first come, of the tenants that have room. */
export function createMemoryQueue(options: MemoryQueueOptions = {}): JobQueue {
  const { concurrency = 16, tenantConcurrency = concurrency, capacity = 10_000 } = options;
  const waiting: Job[] = [];
  const active = new Map<Promise<void>, Job>();
  let work: ((job: Job) => Promise<void>) | undefined;
  let stopped = false;

  const underWay = ({ tenantId, pool }: Job): number =>
    [...active.values()].filter((job) => job.tenantId === tenantId && job.pool === pool).length;

  function pump(): void {
    while (work && !stopped && active.size < concurrency) {
      const next = waiting.findIndex((job) => underWay(job) < tenantConcurrency);
      const [job] = next < 0 ? [] : waiting.splice(next, 1);
      if (!job) return;
      const done = work(job).finally(() => {
        active.delete(done);
        pump();
      });
      active.set(done, job);
    }
  }

  return {
    async enqueue(job) {
      if (waiting.some(({ runId }) => runId === job.runId)) return;
      if (waiting.length >= capacity) throw new QueueFullError('the queue is full');
      const place = waiting.findIndex(({ priority }) => priority < job.priority);
      waiting.splice(place < 0 ? waiting.length : place, 0, job);
      pump();
    },
    async remove(runId) {
      const place = waiting.findIndex((job) => job.runId === runId);
      if (place >= 0) waiting.splice(place, 1);
    },
    process(handler) {
      work = handler;
      pump();
    },
    async stop() {
      stopped = true;
      await Promise.all(active.keys());
    },
    hasRoom: () => waiting.length < capacity,
    counts: () => ({ waiting: waiting.length, active: active.size }),
  };
}
