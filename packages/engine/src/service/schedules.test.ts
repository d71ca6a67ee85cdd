import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition } from '../definition/types.ts';
import type { ModelProvider, Schedule } from '../ports.ts';
import {
  createManualClock,
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
  createServices,
} from '../testing/index.ts';
import { createRunService } from './run-service.ts';
import { createScheduleService, InvalidScheduleError, nextTime, type ScheduleRequest } from './schedules.ts';

const TENANT = 'tenant_1';
const MINUTE = 60_000;
const begin = Date.parse('2026-11-20T08:00:00Z');
const at = (text: string): number => Date.parse(text);

const work: WorkflowDefinition = {
  name: 'work',
  inputs: { type: 'object', required: ['to'] },
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'say', type: 'llm', timeout_ms: 3_600_000, messages: [{ role: 'user', content: 'x' }] },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'say' },
    { from: 'say', to: 'end' },
  ],
};

const quick: ModelProvider = {
  async *stream() {
    yield { type: 'finish', model: 'm', tokens: { prompt: 0, completion: 0 }, finishReason: 'stop' };
  },
};
const endless: ModelProvider = {
  async *stream(_request, signal) {
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  },
};

async function setup(models: ModelProvider = quick) {
  const clock = createManualClock(begin);
  const wake = createMemoryWake();
  const store = createMemoryStore({ wake, clock });
  const errors: unknown[] = [];
  const validateSchema = (_schema: object, value: unknown) =>
    Object.hasOwn(Object(value), 'to') ? [] : [{ pointer: '/to', code: 'required', message: 'is missing' }];
  const service = createRunService({
    log: store.log,
    runs: store.runs,
    workflows: store.workflows,
    queue: createMemoryQueue(),
    wake,
    services: createServices({ clock, models, validateSchema }),
    owner: 'boot_1',
    onError: (error) => errors.push(error),
  });
  await store.workflows.create({ id: 'wf_1', tenantId: TENANT, definition: work, createdAt: 0 });
  await service.recover();
  const boot = () =>
    createScheduleService({
      schedules: store.schedules,
      workflows: store.workflows,
      service,
      clock,
      validateSchema,
      onError: (error) => errors.push(error),
    });
  const runs = async () => (await store.runs.list(TENANT, {}, { limit: 200 })).items;
  const settle = async () => {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Lets time pass in steps of a second, as the service looks once a second. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000);
      await settle();
    }
  };
  return { clock, store, service, schedules: boot(), boot, errors, runs, pass, settle };
}

const every5: ScheduleRequest = { workflowId: 'wf_1', cron: '*/5 * * * *', inputs: { to: 'ada' } };

describe('the next time', () => {
  test.each([
    ['*/5 * * * *', 'UTC', '2026-11-20T08:00:00Z', '2026-11-20T08:05:00Z'],
    ['0 9 * * MON', 'Asia/Shanghai', '2026-11-20T08:00:00Z', '2026-11-23T01:00:00Z'],
    ['*/10 * * * * *', 'UTC', '2026-11-20T08:00:01Z', '2026-11-20T08:00:10Z'],
    ['@daily', 'UTC', '2026-11-20T08:00:00Z', '2026-11-21T00:00:00Z'],
    // The clock is put forward: the hour does not exist, and the run is not lost.
    ['30 2 29 3 *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00Z'],
  ])('of %s in %s after %s is %s', (cron, zone, after, want) => {
    expect(new Date(nextTime(cron, zone, at(after)) ?? 0).toISOString()).toBe(new Date(want).toISOString());
  });

  test('of a day that never comes does not exist', () => {
    expect(nextTime('0 0 30 2 *', 'UTC', begin)).toBeUndefined();
  });
});

test.each<readonly [string, Partial<ScheduleRequest>, string]>([
  ['a pattern that is none', { cron: 'often' }, 'cron'],
  ['a time zone that is none', { timeZone: 'Mars/Olympus' }, 'timeZone'],
  ['a workflow that is not there', { workflowId: 'wf_2' }, 'workflowId'],
  ['inputs that the workflow refuses', { inputs: {} }, 'inputs'],
])('%s is refused by its name', async (_name, change, field) => {
  const { schedules } = await setup();
  const refused = await schedules.create(TENANT, { ...every5, ...change }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InvalidScheduleError);
  expect(refused).toMatchObject({ field });
});

test('a run begins at each time, once, with the inputs of the schedule', async () => {
  const { schedules, pass, runs, store, errors } = await setup();
  const { id } = await schedules.create(TENANT, every5);
  schedules.start();
  await pass(11 * 60);
  const all = await runs();
  expect(all.map(({ createdAt }) => createdAt)).toEqual([begin + 10 * MINUTE, begin + 5 * MINUTE]);
  expect(all[0]).toMatchObject({ inputs: { to: 'ada' }, userId: 'schedule', state: 'succeeded' });
  expect(await schedules.get(TENANT, id)).toMatchObject({
    lastAt: begin + 10 * MINUTE,
    lastRunId: all[0]?.id,
    nextAt: begin + 15 * MINUTE,
  });
  expect(await store.schedules.get('tenant_2', id)).toBeUndefined();
  expect(errors).toEqual([]);
  await schedules.stop();
});

test('of two processes that look at the same time one starts the run', async () => {
  const { schedules, boot, pass, runs } = await setup();
  await schedules.create(TENANT, every5);
  const other = boot();
  schedules.start();
  other.start();
  await pass(6 * 60);
  expect(await runs()).toHaveLength(1);
});

test('a schedule that is switched off or deleted starts nothing, and goes on when it is switched on', async () => {
  const { schedules, pass, runs } = await setup();
  const { id } = await schedules.create(TENANT, every5);
  schedules.start();
  expect(await schedules.update(TENANT, id, { enabled: false })).not.toHaveProperty('nextAt');
  await pass(6 * 60);
  expect(await runs()).toEqual([]);
  expect(await schedules.update(TENANT, id, { enabled: true })).toMatchObject({
    nextAt: begin + 10 * MINUTE,
  });
  await pass(5 * 60);
  expect(await runs()).toHaveLength(1);
  expect(await schedules.delete(TENANT, id)).toBe(true);
  await pass(10 * 60);
  expect(await runs()).toHaveLength(1);
});

describe('when the run before has not ended', () => {
  test.each<readonly [Schedule['overlap'], readonly string[]]>([
    ['skip', ['running']],
    ['allow', ['running', 'running']],
    ['cancel_previous', ['running', 'cancelled']],
  ])('%s leaves %j', async (overlap, states) => {
    const { schedules, pass, runs } = await setup(endless);
    const { id } = await schedules.create(TENANT, { ...every5, overlap });
    schedules.start();
    await pass(11 * 60);
    expect((await runs()).map(({ state }) => state)).toEqual(states);
    if (overlap === 'skip') {
      expect((await schedules.get(TENANT, id))?.lastError).toMatch(/^left out: run_\w+ has not ended$/);
    }
  });
});

describe('times at which no server ran', () => {
  test.each<readonly [Schedule['missed'], number]>([
    ['skip', 0],
    ['run_once', 1],
    ['run_all', 4],
  ])('%s makes %i runs of four', async (missed, count) => {
    const { schedules, clock, settle, runs } = await setup();
    await schedules.create(TENANT, { ...every5, missed, overlap: 'allow' });
    await clock.advance(22 * MINUTE);
    schedules.start();
    await settle();
    expect(await runs()).toHaveLength(count);
    await settle();
    expect(await runs()).toHaveLength(count);
  });

  test('are made up for a hundred times at most', async () => {
    const { schedules, clock, settle, runs } = await setup();
    await schedules.create(TENANT, { ...every5, cron: '* * * * *', missed: 'run_all', overlap: 'allow' });
    await clock.advance(300 * MINUTE);
    schedules.start();
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(await runs()).toHaveLength(100);
  });
});
