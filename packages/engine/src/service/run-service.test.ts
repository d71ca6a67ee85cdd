import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition } from '../definition/types.ts';
import { InvalidInputsError, type SchemaProblem } from '../errors.ts';
import type { StoredEvent } from '../events.ts';
import { type ModelProvider, QueueFullError } from '../ports.ts';
import {
  createManualClock,
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
  createRun,
  createScriptedModel,
  createServices,
  type ManualClock,
  visibleText,
} from '../testing/index.ts';
import type { StartRun } from './requests.ts';
import { createRunService, type RunServiceDeps } from './run-service.ts';

const never = new AbortController().signal;
const asStored = (stored: StoredEvent) => stored;

const chat: WorkflowDefinition = {
  name: 'chat',
  inputs: { type: 'object', required: ['q'] },
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'say', type: 'llm', timeout_ms: 3_600_000, messages: [{ role: 'user', content: '{{ start.q }}' }] },
    { id: 'reply', type: 'answer', template: '{{ say.text }}' },
  ],
  edges: [
    { from: 'start', to: 'say' },
    { from: 'say', to: 'reply' },
  ],
};

/** Writes one word and then waits until it is stopped. */
const hanging: ModelProvider = {
  async *stream(_request, signal) {
    yield { type: 'text', text: 'begun' };
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  },
};

interface Options {
  models?: ModelProvider;
  clock?: ManualClock;
  capacity?: number;
  problems?: readonly SchemaProblem[];
  store?: ReturnType<typeof createMemoryStore>;
  wake?: ReturnType<typeof createMemoryWake>;
  beforeAppend?: () => Promise<void>;
  owner?: string;
}

function setup(options: Options = {}) {
  const clock = options.clock ?? createManualClock();
  const wake = options.wake ?? createMemoryWake();
  const store =
    options.store ??
    createMemoryStore({ wake, clock, ...(options.beforeAppend && { beforeAppend: options.beforeAppend }) });
  void store.workflows
    .create({ id: 'wf_1', tenantId: 'tenant_1', definition: chat, createdAt: 0 })
    .catch(() => undefined);
  const queue = createMemoryQueue({ concurrency: 2, capacity: options.capacity ?? 100 });
  const errors: unknown[] = [];
  const deps: RunServiceDeps = {
    log: store.log,
    runs: store.runs,
    queue,
    wake,
    workflows: store.workflows,
    services: createServices({
      clock,
      models: options.models ?? createScriptedModel(() => 'one two three'),
      validateSchema: () => options.problems ?? [],
    }),
    owner: options.owner ?? 'boot_1',
    onError: (error) => errors.push(error),
    random: () => 0,
  };
  return { clock, wake, store, queue, errors, service: createRunService(deps) };
}

const request = (fields: Partial<StartRun> = {}): StartRun => ({
  tenantId: 'tenant_1',
  workflowId: 'wf_1',
  userId: 'user_1',
  inputs: { q: 'hello' },
  ...fields,
});

async function started(service: ReturnType<typeof createRunService>, fields: Partial<StartRun> = {}) {
  const outcome = await service.start(request(fields));
  if (!('run' in outcome)) throw new Error(outcome.outcome);
  return outcome.run;
}

async function collect(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

test('a run is started, followed live to its end, and followed again from any cursor', async () => {
  const { service } = setup();
  await service.recover();
  const run = await started(service);
  const events = await collect(service.follow(run, 0, asStored));
  expect(events.at(-1)?.event).toMatchObject({
    type: 'run_finished',
    status: 'succeeded',
    outputs: { answer: 'one two three' },
  });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(visibleText(events).get('reply')).toBe('one two three');
  const ended = await service.result(run, never);
  for (const { seq } of events) {
    expect(await collect(service.follow(ended, seq, asStored))).toEqual(events.slice(seq));
  }
});

test('result waits for the end, and answers at once after it', async () => {
  const { service } = setup();
  await service.recover();
  const run = await started(service);
  expect(await service.result(run, never)).toMatchObject({
    state: 'succeeded',
    outputs: { answer: 'one two three' },
  });
  expect(await service.result(run, never)).toMatchObject({ state: 'succeeded' });
});

test('another tenant cannot cancel the run', async () => {
  const { service } = setup();
  const run = await started(service);
  expect(await service.cancel('tenant_2', run.id)).toEqual({ outcome: 'unknown_run' });
});

test('invalid inputs start nothing and say where they are wrong', async () => {
  const { service, store } = setup({
    problems: [{ pointer: '/q', code: 'type', message: 'must be string' }],
  });
  const failed = service.start(request());
  await expect(failed).rejects.toThrow(InvalidInputsError);
  await expect(failed).rejects.toMatchObject({
    problems: [{ pointer: '/q', code: 'type', message: 'must be string' }],
  });
  expect((await store.runs.list('tenant_1', {}, { limit: 10 })).items).toEqual([]);
});

test('inputs that nest too deep for anything to walk are invalid', async () => {
  const { service } = setup();
  const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
  await expect(service.start(request({ inputs: deep }))).rejects.toThrow(InvalidInputsError);
});

test('an idempotency key starts one run', async () => {
  const { service } = setup();
  const first = await service.start(request({ idempotency: { key: 'k', fingerprint: 'a' } }));
  const second = await service.start(request({ idempotency: { key: 'k', fingerprint: 'a' } }));
  expect([first.outcome, second.outcome]).toEqual(['created', 'repeated']);
  expect((await service.start(request({ idempotency: { key: 'k', fingerprint: 'b' } }))).outcome).toBe(
    'conflict',
  );
});

test('a repeated request finds its run, though the workflow is gone and the queue is full', async () => {
  const { service, store } = setup({ capacity: 1 });
  const idempotency = { key: 'k', fingerprint: 'a' };
  expect(await service.repeated('tenant_1', idempotency)).toBeUndefined();
  const run = await started(service, { idempotency });
  await store.workflows.delete('tenant_1', 'wf_1');
  const repeated = { outcome: 'repeated', run: { id: run.id } };
  expect(await service.repeated('tenant_1', idempotency)).toMatchObject(repeated);
  expect(await service.start(request({ idempotency }))).toMatchObject(repeated);
  expect(await service.start(request({ idempotency: { key: 'k', fingerprint: 'b' } }))).toEqual({
    outcome: 'conflict',
  });
});

test('a full queue refuses the run before it is stored', async () => {
  const { service, store } = setup({ capacity: 1 });
  await started(service);
  await expect(service.start(request())).rejects.toThrow(QueueFullError);
  const states = (await store.runs.list('tenant_1', {}, { limit: 10 })).items.map(({ state }) => state);
  expect(states).toEqual(['queued']);
});

test('a reader goes on after pages that are shorter than it asked for', async () => {
  const { service, store } = setup();
  const pages: number[] = [];
  store.log.read = async (runId, after) => {
    const page = store.events(runId).slice(after, after + 2);
    pages.push(page.length);
    return page;
  };
  const run = await started(service);
  await service.recover();
  await service.result(run, never);
  pages.length = 0;
  const events = await collect(service.follow(run, 0, asStored));
  expect(events).toEqual(store.events(run.id));
  expect(pages.length).toBeGreaterThan(2);
});

test('a reader survives lost hints by polling, and can leave while it waits', async () => {
  const deaf = { ...createMemoryWake(), onAppended: () => () => undefined };
  const { service, clock, store } = setup({ wake: deaf });
  const run = await started(service);
  const following = collect(service.follow(run, 0, asStored));
  await until(() => clock.sleepers > 0);
  await service.recover();
  await until(() => store.run(run.id)?.state === 'succeeded');
  await clock.advance(1_000);
  expect((await following).at(-1)?.event.type).toBe('run_finished');

  const queued = await started(setup({ store }).service);
  const reader = service.follow(queued, 0, asStored);
  const waiting = reader.next();
  await turn();
  await reader.return();
  expect(await waiting).toEqual({ value: undefined, done: true });
  expect(await reader.next()).toEqual({ value: undefined, done: true });
});

describe('cancel', () => {
  test('ends a running run', async () => {
    const { service, store } = setup({ models: hanging });
    await service.recover();
    const run = await started(service);
    await until(() => (store.run(run.id)?.lastSeq ?? 0) > 3);
    expect(await service.cancel('tenant_1', run.id)).toMatchObject({
      outcome: 'done',
      run: { state: 'running', cancelRequested: true },
    });
    expect(await service.result(run, never)).toMatchObject({ state: 'cancelled' });
  });

  test('ends a queued run at once, and the queue passes it by', async () => {
    const { service, store } = setup();
    const run = await started(service);
    expect(await service.cancel('tenant_1', run.id)).toMatchObject({ run: { state: 'cancelled' } });
    await service.recover();
    await turn();
    expect(store.events(run.id).map(({ event }) => event.type)).toEqual(['run_started', 'run_finished']);
  });

  test('frees the place that a queued run had', async () => {
    const { service, queue } = setup({ capacity: 2 });
    for (const _ of [1, 2, 3, 4]) {
      const run = await started(service);
      expect(await service.cancel('tenant_1', run.id)).toMatchObject({ run: { state: 'cancelled' } });
    }
    expect(queue.counts()).toEqual({ waiting: 0, active: 0 });
  });

  test('of a run that has ended changes nothing', async () => {
    const { service } = setup();
    await service.recover();
    const run = await started(service);
    await service.result(run, never);
    expect(await service.cancel('tenant_1', run.id)).toMatchObject({
      outcome: 'refused',
      run: { state: 'succeeded', cancelRequested: false },
    });
  });

  test('reaches the run even if its hint is lost', async () => {
    const deaf = { ...createMemoryWake(), onCancelRequested: () => () => undefined };
    const { service, clock, store } = setup({ models: hanging, wake: deaf });
    await service.recover();
    const run = await started(service);
    await until(() => (store.run(run.id)?.lastSeq ?? 0) > 3);
    await service.cancel('tenant_1', run.id);
    await clock.advance(2_000);
    await until(() => store.run(run.id)?.state === 'cancelled');
  });
});

describe('the disconnect policy', () => {
  const watched = async (fields: Partial<StartRun>) => {
    const all = setup({ models: hanging });
    await all.service.recover();
    const run = await started(all.service, { onDisconnect: 'cancel', disconnectGraceMs: 5_000, ...fields });
    await until(() => (all.store.run(run.id)?.lastSeq ?? 0) > 3);
    return { ...all, run, state: () => all.store.run(run.id)?.state };
  };

  test('cancels after the grace when the last reader left', async () => {
    const { service, run, clock, state } = await watched({});
    const [one, two] = [service.follow(run, 0, asStored), service.follow(run, 0, asStored)];
    await one.return();
    await one.return();
    await clock.advance(60_000);
    expect(state()).toBe('running');
    await two.return();
    await clock.advance(4_999);
    expect(state()).toBe('running');
    await clock.advance(1);
    await until(() => state() === 'cancelled');
  });

  test('a reader that comes back in time keeps the run', async () => {
    const { service, run, clock, state } = await watched({});
    await service.follow(run, 0, asStored).return();
    await clock.advance(4_000);
    const reader = service.follow(run, 0, asStored);
    await clock.advance(60_000);
    expect(state()).toBe('running');
    await reader.return();
    await clock.advance(5_000);
    await until(() => state() === 'cancelled');
  });

  test('continue goes on without readers', async () => {
    const { service, run, clock, state } = await watched({ onDisconnect: 'continue' });
    await service.follow(run, 0, asStored).return();
    await clock.advance(600_000);
    expect(state()).toBe('running');
  });

  test('a run that nobody ever follows is cancelled too, after at least 5 s', async () => {
    const { clock, state } = await watched({ disconnectGraceMs: 0 });
    await clock.advance(4_999);
    expect(state()).toBe('running');
    await clock.advance(1);
    await until(() => state() === 'cancelled');
  });

  test('a recovered run without readers gets at least 30 s for them to come back', async () => {
    const { service, clock, store } = setup({ models: hanging });
    store.seed(
      createRun(chat, { q: 'x' }, { onDisconnect: 'cancel', disconnectGraceMs: 100, startedAt: clock.now() }),
      [],
    );
    await service.recover();
    await until(() => (store.run('run_1')?.lastSeq ?? 0) > 3);
    await clock.advance(29_999);
    expect(store.run('run_1')?.state).toBe('running');
    await clock.advance(1);
    await until(() => store.run('run_1')?.state === 'cancelled');
  });
});

describe('drain', () => {
  test('nothing waits for readers that come and leave after it', async () => {
    const { service, clock, store } = setup();
    const policy = { onDisconnect: 'cancel', disconnectGraceMs: 3_600_000 } as const;
    const early = await started(service, policy);
    const before = service.follow(early, 0, asStored);
    await service.drain(1_000);
    const during = service.follow(early, 0, asStored);
    const late = await started(service, policy);
    await Promise.all([before.return(), during.return(), service.follow(late, 0, asStored).return()]);
    expect(clock.sleepers).toBe(0);
    expect(store.run(early.id)?.state).toBe('queued');
  });

  test('gives running runs back without ending them, and the next boot finishes them', async () => {
    const { service, store, wake, clock, queue } = setup({ models: hanging });
    await service.recover();
    const run = await started(service);
    await until(() => store.events(run.id).some(({ event }) => event.type === 'text_delta'));
    await service.drain(1_000);
    expect(queue.counts().active).toBe(0);
    expect(store.run(run.id)?.state).toBe('queued');
    expect(store.events(run.id).some(({ event }) => event.type === 'run_finished')).toBe(false);

    const next = setup({ store, wake, clock, owner: 'boot_2' });
    await next.service.recover();
    expect(await next.service.result(run, never)).toMatchObject({ state: 'succeeded' });
    expect(visibleText(store.events(run.id)).get('reply')).toBe('one two three');
  });
});

test('a store that fails under a run is reported, and the run ends as failed when the store answers again', async () => {
  let broken = true;
  const beforeAppend = async (): Promise<void> => {
    if (broken) throw new Error('disk full');
  };
  const { service, store, clock, errors } = setup({ beforeAppend });
  await service.recover();
  const run = await started(service);
  await until(() => errors.length > 0);
  expect(errors).toMatchObject([{ message: 'disk full' }]);
  expect(store.run(run.id)?.state).toBe('running');
  broken = false;
  await clock.advance(1_000);
  await until(() => store.run(run.id)?.state === 'failed');
  expect(store.run(run.id)?.error?.code).toBe('server_error');
  const types = store.events(run.id).map(({ event }) => event.type);
  expect(types).toEqual(['run_started', 'run_failed', 'run_finished']);
});

test('runs of a dead process are taken up again', async () => {
  const { service, store } = setup();
  store.seed(createRun(chat, { q: 'x' }, { state: 'running' }), []);
  await service.recover();
  await until(() => store.run('run_1')?.state === 'succeeded');
  expect(store.run('run_1')?.epoch).toBe(2);
});
