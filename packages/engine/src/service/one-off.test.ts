import { expect, test } from 'vitest';
import type { WorkflowDefinition } from '../definition/types.ts';
import { InvalidInputsError } from '../errors.ts';
import {
  createManualClock,
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
  createServices,
} from '../testing/index.ts';
import type { StartOneOff } from './requests.ts';
import { createRunService } from './run-service.ts';
import { UnknownSubflowError } from './subflows.ts';

const never = new AbortController().signal;

const greet: WorkflowDefinition = {
  name: 'greet',
  inputs: {
    type: 'object',
    properties: { name: { type: 'string' }, greeting: { type: 'string', default: 'Hello' } },
  },
  cache: { max_age_ms: 60_000 },
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'end', type: 'end', outputs: { said: '{{ start.greeting }}, {{ start.name }}' } },
  ],
  edges: [{ from: 'start', to: 'end' }],
};

const calling: WorkflowDefinition = {
  name: 'calling',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'sub', type: 'subflow', workflow: 'wf_greet', inputs: { name: 'Ada' } },
    { id: 'end', type: 'end', outputs: { said: '{{ sub.said }}' } },
  ],
  edges: [
    { from: 'start', to: 'sub' },
    { from: 'sub', to: 'end' },
  ],
};

/** A service at work; `validate` judges inputs. */
async function setup(validate: () => { pointer: string; code: string; message: string }[] = () => []) {
  const clock = createManualClock();
  const wake = createMemoryWake();
  const store = createMemoryStore({ wake, clock });
  const service = createRunService({
    ...store,
    queue: createMemoryQueue(),
    wake,
    services: createServices({ clock, validateSchema: validate }),
    owner: 'boot_1',
    onError: (error) => {
      throw error;
    },
  });
  await service.recover();
  return { store, service };
}

const request = (fields: Partial<StartOneOff> = {}): StartOneOff => ({
  tenantId: 'tenant_1',
  userId: 'user_1',
  kind: 'task',
  definition: greet,
  inputs: { name: 'Ada' },
  ...fields,
});

test('a definition that is stored nowhere else runs, as its kind says', async () => {
  const { store, service } = await setup();
  const started = await service.startOneOff(request({ pool: 'background', priority: 3 }));
  if (started.outcome !== 'created') throw new Error(started.outcome);
  expect(started.run).toMatchObject({ workflowId: 'task', version: 1, kind: 'task', pool: 'background' });
  expect(started.run).toMatchObject({ priority: 3, inputs: { name: 'Ada', greeting: 'Hello' } });
  const ended = await service.result(started.run, never);
  expect(ended).toMatchObject({ state: 'succeeded', outputs: { said: 'Hello, Ada' } });
  expect(await store.workflows.list('tenant_1', { limit: 10 })).toEqual({ items: [] });
});

test('a result never stands in for such a run, whatever its definition says of a cache', async () => {
  const { service } = await setup();
  for (const _ of [1, 2]) {
    const started = await service.startOneOff(request());
    if (started.outcome !== 'created') throw new Error(started.outcome);
    expect(started.run).not.toHaveProperty('reuse');
    await service.result(started.run, never);
  }
});

test('an idempotency key starts one such run', async () => {
  const { service } = await setup();
  const once = request({ idempotency: { key: 'k', fingerprint: 'f' } });
  const [first, second] = [await service.startOneOff(once), await service.startOneOff(once)];
  expect(first).toMatchObject({ outcome: 'created' });
  expect(second).toMatchObject({ outcome: 'repeated' });
  const other = request({ idempotency: { key: 'k', fingerprint: 'other' } });
  expect(await service.startOneOff(other)).toEqual({ outcome: 'conflict' });
});

test('inputs that its definition does not take start nothing', async () => {
  const { store, service } = await setup(() => [{ pointer: '/name', code: 'type', message: 'no text' }]);
  await expect(service.startOneOff(request())).rejects.toBeInstanceOf(InvalidInputsError);
  expect(await store.runs.list('tenant_1', {}, { limit: 5 })).toEqual({ items: [] });
});

test("its subflows are the tenant's workflows", async () => {
  const { store, service } = await setup();
  const workflow = { id: 'wf_greet', definition: greet, createdAt: 0 };
  await store.workflows.create({ ...workflow, tenantId: 'tenant_1' });
  const started = await service.startOneOff(request({ definition: calling }));
  if (started.outcome !== 'created') throw new Error(started.outcome);
  expect(await service.result(started.run, never)).toMatchObject({ outputs: { said: 'Hello, Ada' } });
  const theirs = service.startOneOff(request({ definition: calling, tenantId: 'tenant_2' }));
  await expect(theirs).rejects.toBeInstanceOf(UnknownSubflowError);
});

test('a restart is a run of the same kind, in the same pool', async () => {
  const { service } = await setup();
  const started = await service.startOneOff(request({ kind: 'trial', pool: 'background' }));
  if (started.outcome !== 'created') throw new Error(started.outcome);
  await service.result(started.run, never);
  const again = await service.restart('tenant_1', started.run.id, { userId: 'u', from: 'end' });
  if (again.outcome !== 'done') throw new Error(again.outcome);
  expect(again.run).toMatchObject({ workflowId: 'trial', kind: 'trial', pool: 'background' });
  expect(await service.result(again.run, never)).toMatchObject({ outputs: { said: 'Hello, Ada' } });
});
