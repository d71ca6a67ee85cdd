import { type Job, type JobQueue, QueueFullError } from '@flowwire/engine';
import { createFairQueue, type FairLimits } from './fair-queue.ts';

export interface EmbeddedQueueOptions {
  /** How many jobs are under way at once. */
  readonly concurrency: number;
  /** How many jobs of one tenant are. Default: `concurrency`. */
  readonly lanes?: FairLimits;
  /** Told when work fails; the job is not tried again. */
  readonly onError: (error: unknown, runId: string) => void;
  /** How many jobs may wait. Default 10,000. */
  readonly capacity?: number;
}

/**
 * A job queue in this process's memory. Nothing is lost with it: a run's own state says that it is queued,
 * and recovery at boot enqueues it again. After `stop` jobs are still taken in and never started.
 */
export function createEmbeddedQueue(options: EmbeddedQueueOptions): JobQueue {
  const { concurrency, lanes = { tenant: concurrency }, onError, capacity = 10_000 } = options;
  const jobs = createFairQueue(lanes);
  let active = 0;
  let work: ((job: Job) => Promise<void>) | undefined;
  let stopped = false;
  let idle: (() => void)[] = [];

  const startNext = () => {
    while (work && !stopped && active < concurrency) {
      const job = jobs.take();
      if (!job) return;
      void run(work, job);
    }
  };

  const run = async (handler: (job: Job) => Promise<void>, job: Job) => {
    active += 1;
    try {
      await handler(job);
    } catch (error) {
      onError(error, job.runId);
    } finally {
      active -= 1;
      jobs.end(job);
      if (active === 0) {
        for (const resolve of idle) resolve();
        idle = [];
      }
      startNext();
    }
  };

  return {
    async enqueue(job) {
      if (jobs.size() >= capacity) throw new QueueFullError(`${capacity} runs are waiting already`);
      jobs.push(job);
      startNext();
    },

    async remove(runId) {
      jobs.remove(runId);
    },

    process(handler) {
      if (work) throw new Error('the queue is being processed already');
      work = handler;
      startNext();
    },

    stop() {
      stopped = true;
      return active === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },

    hasRoom: () => jobs.size() < capacity,
    counts: () => ({ waiting: jobs.size(), active }),
  };
}
