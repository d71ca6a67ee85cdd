import { type Job, QueueFullError } from '@flowwire/engine';
import { describe, expect, test } from 'vitest';
import { createEmbeddedQueue, type EmbeddedQueueOptions } from './embedded-queue.ts';

const job = (runId: string, priority = 0, tenantId = 'tenant'): Job => ({ runId, tenantId, priority });

/** A queue whose jobs wait to be ended by the test. */
function setUp(options: Partial<EmbeddedQueueOptions> = {}) {
  const errors: { error: unknown; runId: string }[] = [];
  const started: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();
  const queue = createEmbeddedQueue({
    concurrency: 1,
    onError: (error, runId) => errors.push({ error, runId }),
    ...options,
  });
  const work = ({ runId }: Job) => {
    started.push(runId);
    return new Promise<void>((resolve, reject) => ends.set(runId, { resolve, reject }));
  };
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const end = async (runId: string) => {
    ends.get(runId)?.resolve();
    await settled();
  };
  const fail = async (runId: string, error: unknown) => {
    ends.get(runId)?.reject(error);
    await settled();
  };
  return { queue, work, started, errors, end, fail };
}

describe('the embedded queue', () => {
  test('starts the highest priority first, then first come', async () => {
    const { queue, work, started, end } = setUp();
    for (const [runId, priority] of [
      ['a', 0],
      ['b', 5],
      ['c', 5],
      ['d', 9],
    ] as const) {
      await queue.enqueue(job(runId, priority));
    }
    queue.process(work);
    for (const runId of ['d', 'b', 'c']) await end(runId);
    expect(started).toEqual(['d', 'b', 'c', 'a']);
  });

  test('a tenant at its limit waits and holds up nobody else', async () => {
    const { queue, work, started, end } = setUp({ concurrency: 3, lanes: { tenant: 1 } });
    queue.process(work);
    for (const [runId, tenantId] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['a3', 'a'],
      ['b1', 'b'],
    ] as const) {
      await queue.enqueue(job(runId, 5, tenantId));
    }
    await queue.enqueue(job('c1', 0, 'c'));
    expect(started).toEqual(['a1', 'b1', 'c1']);
    await end('b1');
    expect(started).toHaveLength(3);
    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'c1', 'a2']);
  });

  test("a tenant's jobs in a pool have their own room, and hold up none of its others", async () => {
    const pools = { background: 2 };
    const { queue, work, started, end } = setUp({ concurrency: 9, lanes: { tenant: 1, pools } });
    queue.process(work);
    for (const runId of ['b1', 'b2', 'b3']) await queue.enqueue({ ...job(runId), pool: 'background' });
    for (const runId of ['a1', 'a2']) await queue.enqueue(job(runId));
    await queue.enqueue({ ...job('c1', 0, 'other'), pool: 'background' });
    expect(started).toEqual(['b1', 'b2', 'a1', 'c1']);
    await end('a1');
    expect(started.at(-1)).toBe('a2');
    await end('b1');
    expect(started.at(-1)).toBe('b3');
  });

  test('a job that waits already is not taken in twice', async () => {
    const { queue, work, started, end } = setUp();
    queue.process(work);
    for (const runId of ['a', 'b', 'b']) await queue.enqueue(job(runId));
    expect(queue.counts()).toEqual({ waiting: 1, active: 1 });
    await end('a');
    await end('b');
    expect(started).toEqual(['a', 'b']);
  });

  test('never has more under way than its concurrency', async () => {
    const { queue, work, started, end } = setUp({ concurrency: 2 });
    queue.process(work);
    for (const runId of ['a', 'b', 'c']) await queue.enqueue(job(runId));
    expect(started).toEqual(['a', 'b']);
    expect(queue.counts()).toEqual({ waiting: 1, active: 2 });
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
    expect(queue.counts()).toEqual({ waiting: 0, active: 2 });
  });

  test('refuses a job when it is full, and takes one again when there is room', async () => {
    const { queue, work } = setUp({ capacity: 2 });
    await queue.enqueue(job('a'));
    await queue.enqueue(job('b'));
    await expect(queue.enqueue(job('c', 9))).rejects.toBeInstanceOf(QueueFullError);
    queue.process(work);
    await queue.enqueue(job('c', 9));
    expect(queue.counts()).toEqual({ waiting: 2, active: 1 });
  });

  test('a removed job holds no place and never starts; one under way goes on', async () => {
    const { queue, work, started, end } = setUp({ capacity: 2 });
    queue.process(work);
    for (const runId of ['a', 'b', 'c']) await queue.enqueue(job(runId));
    expect(queue.hasRoom()).toBe(false);
    for (const runId of ['a', 'b', 'unknown']) await queue.remove(runId);
    expect(queue.counts()).toEqual({ waiting: 1, active: 1 });
    expect(queue.hasRoom()).toBe(true);
    await end('a');
    expect(started).toEqual(['a', 'c']);
  });

  test('reports work that fails and goes on with the next', async () => {
    const { queue, work, started, errors, fail } = setUp();
    queue.process(work);
    for (const runId of ['a', 'b']) await queue.enqueue(job(runId));
    const error = new Error('boom');
    await fail('a', error);
    expect(errors).toEqual([{ error, runId: 'a' }]);
    expect(started).toEqual(['a', 'b']);
  });

  test('reports work that throws before it awaits', async () => {
    const { queue, errors } = setUp();
    const error = new Error('boom');
    queue.process(() => {
      throw error;
    });
    await queue.enqueue(job('a'));
    expect(errors).toEqual([{ error, runId: 'a' }]);
    expect(queue.counts()).toEqual({ waiting: 0, active: 0 });
  });

  test('stops when what is under way has returned, and starts nothing more', async () => {
    const { queue, work, started, end } = setUp({ concurrency: 2 });
    queue.process(work);
    for (const runId of ['a', 'b', 'c']) await queue.enqueue(job(runId));
    let stopped = false;
    const stopping = queue.stop().then(() => {
      stopped = true;
    });
    await end('a');
    expect(stopped).toBe(false);
    await end('b');
    await stopping;
    await queue.enqueue(job('d'));
    expect(started).toEqual(['a', 'b']);
    await queue.stop();
  });

  test('is processed once', () => {
    const { queue, work } = setUp();
    queue.process(work);
    expect(() => queue.process(work)).toThrow('already');
  });
});
