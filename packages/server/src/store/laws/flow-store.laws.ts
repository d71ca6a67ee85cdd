import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Flow, FlowRun } from '../../flows/flow-store.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { definition, endedRun, unique, upTo } from './fixtures.ts';

export function flowStoreLaws(open: OpenTables) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const flow = (overrides: Partial<Flow> = {}): Flow => ({
    tenantId: 'tenant',
    flowId: unique('wf'),
    appId: 'app',
    source: 1,
    releaseStatus: 0,
    draftVersion: 1,
    updatedAt: 1_000,
    revision: 0,
    ...overrides,
  });
  const run = (overrides: Partial<FlowRun> = {}): FlowRun => ({
    runId: unique('run'),
    tenantId: 'tenant',
    eventId: unique('event'),
    flowId: 'wf_1',
    appId: 'app',
    uid: '',
    isDebug: false,
    isStreamed: true,
    createdAt: 2_000,
    ...overrides,
  });
  const read = (flowId: string) => store.flows.get('tenant', flowId);

  test('a flow reads back as it was saved, as revision 1', async () => {
    const given = flow({ source: 4, appId: '', releaseStatus: 127 });
    expect(await read(given.flowId)).toBeUndefined();
    expect(await store.flows.save(given)).toBe(true);
    expect(await read(given.flowId)).toEqual({ ...given, revision: 1 });
  });

  test('of changes to the same revision the first counts', async () => {
    const given = flow();
    await store.flows.save(given);
    const first = { ...given, revision: 1, draftVersion: 2, updatedAt: 1_001 };
    expect(await store.flows.save(first)).toBe(true);
    expect(await store.flows.save({ ...first, draftVersion: 3 })).toBe(false);
    expect(await store.flows.save(given)).toBe(false);
    expect(await read(given.flowId)).toEqual({ ...first, revision: 2 });
  });

  test('of changes at the same time, over two processes, one counts', async () => {
    const other = await open();
    const given = flow();
    await store.flows.save(given);
    const changes = upTo(8).map((n) =>
      (n % 2 ? store : other.store).flows.save({ ...given, revision: 1, draftVersion: n }),
    );
    const outcomes = await Promise.all(changes);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await read(given.flowId)).toMatchObject({
      revision: 2,
      draftVersion: outcomes.indexOf(true) + 1,
    });
    await other.store.close();
  });

  test('a version is published under a name, and replaced by the next one of that name', async () => {
    const given = flow();
    const { tenantId, flowId } = given;
    expect(await store.flows.versions(tenantId, flowId)).toEqual([]);
    const [one, two] = [
      { name: 'v1.0', version: 1, updatedAt: 1 },
      { name: '', version: 2, updatedAt: 2 },
    ];
    expect(await store.flows.publish(given, { named: one })).toBe(true);
    await store.flows.publish({ ...given, revision: 1, releaseStatus: 5 }, { named: two });
    expect(await read(flowId)).toMatchObject({ releaseStatus: 5, revision: 2 });
    await store.flows.publish({ ...given, revision: 2 }, { named: { ...one, version: 3 } });
    const versions = await store.flows.versions(tenantId, flowId);
    expect(versions.toSorted((a, b) => b.version - a.version)).toEqual([{ ...one, version: 3 }, two]);
  });

  test('publishing says what the workflow runs in all APIs, where it has something to say', async () => {
    const given = flow();
    const { tenantId, flowId } = given;
    await store.workflows.create({ id: flowId, tenantId, definition, createdAt: 1 });
    await store.workflows.addVersion({ id: flowId, tenantId, definition, createdAt: 2 });
    const current = async () => (await store.workflows.current(tenantId, flowId))?.version;
    await store.flows.publish(given, { publishedVersion: 1 });
    expect(await current()).toBe(1);
    await store.flows.publish({ ...given, revision: 1 }, {});
    expect(await current()).toBe(1);
    await store.flows.publish({ ...given, revision: 2 }, { publishedVersion: null });
    expect(await current()).toBe(2);
  });

  test('publishing a flow that was changed meanwhile does nothing', async () => {
    const given = flow();
    const { tenantId, flowId } = given;
    await store.workflows.create({ id: flowId, tenantId, definition, createdAt: 1 });
    await store.flows.save(given);
    const release = { named: { name: 'v1.0', version: 1, updatedAt: 1 }, publishedVersion: 1 };
    expect(await store.flows.publish({ ...given, releaseStatus: 1 }, release)).toBe(false);
    expect(await read(flowId)).toMatchObject({ releaseStatus: 0, revision: 1 });
    expect(await store.flows.versions(tenantId, flowId)).toEqual([]);
    expect(await store.workflows.get(tenantId, flowId)).not.toHaveProperty('publishedVersion');
  });

  test('an app is bound once, to this flow of this tenant alone', async () => {
    const { flowId } = flow();
    await store.flows.bind('tenant', flowId, 'app', 1);
    await store.flows.bind('tenant', flowId, 'app', 2);
    expect(await store.flows.isBound('tenant', flowId, 'app')).toBe(true);
    expect(await store.flows.isBound('tenant', flowId, 'other')).toBe(false);
    expect(await store.flows.isBound('tenant', unique('wf'), 'app')).toBe(false);
    expect(await store.flows.isBound(unique('tenant'), flowId, 'app')).toBe(false);
  });

  test('a flow goes with its workflow, versions and bindings too, and those of others stay', async () => {
    const [gone, kept] = [flow(), flow()];
    const named = { name: 'v1.0', version: 1, updatedAt: 1 };
    for (const each of [gone, kept]) {
      const { tenantId, flowId } = each;
      await store.workflows.create({ id: flowId, tenantId, definition, createdAt: 1 });
      await store.flows.publish(each, { named });
      await store.flows.bind(tenantId, flowId, 'app', 1);
      await store.flows.addRun(run({ runId: `run_of_${flowId}`, flowId }));
    }
    expect(await store.workflows.delete(unique('tenant'), gone.flowId)).toBe(false);
    expect(await store.workflows.delete('tenant', gone.flowId)).toBe(true);
    const left = async ({ flowId }: Flow) => [
      (await read(flowId)) !== undefined,
      (await store.flows.versions('tenant', flowId)).length,
      await store.flows.isBound('tenant', flowId, 'app'),
      (await store.flows.run('tenant', `run_of_${flowId}`)) !== undefined,
    ];
    expect(await left(gone)).toEqual([false, 0, false, true]);
    expect(await left(kept)).toEqual([true, 1, true, true]);
  });

  test('another tenant finds and changes nothing', async () => {
    const given = flow();
    const { flowId } = given;
    const stranger = unique('tenant');
    await store.flows.publish(given, { named: { name: 'v1.0', version: 1, updatedAt: 1 } });
    expect(await store.flows.get(stranger, flowId)).toBeUndefined();
    expect(await store.flows.versions(stranger, flowId)).toEqual([]);
    expect(await store.flows.save({ ...given, tenantId: stranger, revision: 1 })).toBe(false);
    expect(await read(flowId)).toEqual({ ...given, revision: 1 });
  });

  test('a run is found by its id and by its event, and only by its tenant', async () => {
    const [streamed, debugged] = [run(), run({ isDebug: true, isStreamed: false, uid: 'user ✓' })];
    for (const each of [streamed, debugged]) {
      await store.flows.addRun(each);
      expect(await store.flows.run('tenant', each.runId)).toEqual(each);
      expect(await store.flows.runOfEvent('tenant', each.eventId)).toEqual(each);
      expect(await store.flows.run(unique('tenant'), each.runId)).toBeUndefined();
      expect(await store.flows.runOfEvent(unique('tenant'), each.eventId)).toBeUndefined();
    }
  });

  test('a run is kept once, and an event is of one run of a tenant', async () => {
    const given = run();
    await store.flows.addRun(given);
    await store.flows.addRun({ ...given, uid: 'other' });
    expect(await store.flows.run('tenant', given.runId)).toEqual(given);
    await expect(store.flows.addRun(run({ eventId: given.eventId }))).rejects.toThrow();
    const theirs = run({ eventId: given.eventId, tenantId: unique('tenant') });
    await store.flows.addRun(theirs);
    expect(await store.flows.runOfEvent(theirs.tenantId, given.eventId)).toEqual(theirs);
  });

  test('what is kept of a run goes with it', async () => {
    const given = run({ runId: await endedRun(store) });
    await store.flows.addRun(given);
    await store.runs.prune({ runsMs: 1 }, 3_001, 1_000);
    expect(await store.flows.run('tenant', given.runId)).toBeUndefined();
  });
}
