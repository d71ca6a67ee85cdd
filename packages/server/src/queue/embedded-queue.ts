import { type JobQueue, QueueFullError } from '@flowwire/engine';
import { createPriorityQueue } from './priority-queue.ts';

export interface EmbeddedQueueOptions {
  /** How many jobs are under way at once. */
  readonly concurrency: number;
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
  const { concurrency, onError, capacity = 10_000 } = options;
  const waiting = createPriorityQueue<string>();
  let active = 0;
  let work: ((runId: string) => Promise<void>) | undefined;
  let stopped = false;
  let idle: (() => void)[] = [];

  const startNext = () => {
    while (work && !stopped && active < concurrency) {
      const runId = waiting.pop();
      if (runId === undefined) return;
      void runJob(work, runId);
    }
  };

  const runJob = async (job: (runId: string) => Promise<void>, runId: string) => {
    active += 1;
    try {
      await job(runId);
    } catch (error) {
      onError(error, runId);
    } finally {
      active -= 1;
      if (active === 0) {
        for (const resolve of idle) resolve();
        idle = [];
      }
      startNext();
    }
  };

  return {
    async enqueue({ runId, priority }) {
      if (waiting.size() >= capacity) throw new QueueFullError(`${capacity} runs are waiting already`);
      waiting.push(runId, priority);
      startNext();
    },

    async remove(runId) {
      waiting.remove(runId);
    },

    process(job) {
      if (work) throw new Error('the queue is being processed already');
      work = job;
      startNext();
    },

    stop() {
      stopped = true;
      return active === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },

    hasRoom: () => waiting.size() < capacity,
    counts: () => ({ waiting: waiting.size(), active }),
  };
}
