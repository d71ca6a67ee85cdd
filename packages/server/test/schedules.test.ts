import { createWorkflowExecution } from '@flowwire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addOtherTenant } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;
let workflow_id: string;

beforeAll(async () => {
  server = await openTestServer();
  api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  workflow_id = (await api.createWorkflow({ body: shout })).id;
});

afterAll(() => server.close());

const inputs = { text: 'hello' };
const yearly = (more: object = {}) =>
  api.createSchedule({ body: { workflow_id, cron: '0 9 1 1 *', inputs, ...more } });
const at = (schedule_id: string) => ({ path: { schedule_id } });

describe('schedules', () => {
  test('a schedule is created, read, listed, changed and deleted', async () => {
    const created = await yearly({ time_zone: 'Europe/Berlin' });
    expect(created).toMatchObject({
      workflow_id,
      cron: '0 9 1 1 *',
      time_zone: 'Europe/Berlin',
      inputs,
      overlap: 'skip',
      missed: 'run_once',
      enabled: true,
    });
    const next = new Date((created.next_at ?? 0) * 1000);
    expect(next.toISOString()).toMatch(/^\d{4}-01-01T08:00:00/);
    expect(await api.getSchedule(at(created.id))).toEqual(created);
    expect((await api.listSchedules()).data.map(({ id }) => id)).toContain(created.id);

    const changed = await api.updateSchedule({
      ...at(created.id),
      body: { time_zone: 'UTC', overlap: 'allow' },
    });
    expect(changed).toMatchObject({ cron: '0 9 1 1 *', time_zone: 'UTC', overlap: 'allow', inputs });
    expect((changed.next_at ?? 0) - (created.next_at ?? 0)).toBe(3600);
    const disabled = await api.updateSchedule({ ...at(created.id), body: { enabled: false } });
    expect(disabled).not.toHaveProperty('next_at');

    await api.deleteSchedule(at(created.id));
    const calls = [
      api.getSchedule(at(created.id)),
      api.updateSchedule({ ...at(created.id), body: { enabled: true } }),
      api.deleteSchedule(at(created.id)),
    ];
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ status: 404, code: 'schedule_not_found' })),
    );
  });

  test.each([
    ['a cron expression that is none', { cron: '61 * * * *' }, '/cron'],
    ['a time zone that is none', { time_zone: 'Mars/Olympus' }, '/time_zone'],
    ['a workflow that is not there', { workflow_id: 'wf_none' }, '/workflow_id'],
    ['inputs that the workflow does not take', { inputs: { text: 7 } }, '/inputs'],
  ])('%s is refused', async (_name, more, pointer) => {
    await expect(yearly(more)).rejects.toMatchObject({
      status: 400,
      code: 'invalid_schedule',
      body: { details: [{ in: 'body', pointer }] },
    });
  });

  test('pages of schedules follow each other', async () => {
    const created = [await yearly(), await yearly(), await yearly()].map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.listSchedules({ query: { limit: 2, ...(cursor ? { cursor } : {}) } });
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen).toEqual(created.reverse());
    for (const id of created) await api.deleteSchedule(at(id));
  });

  test('the same Idempotency-Key makes one schedule', async () => {
    const body = { workflow_id, cron: '@yearly', inputs };
    const headers = { 'Idempotency-Key': 'schedule-1' };
    const first = await api.createSchedule({ headers, body });
    expect(await api.createSchedule({ headers, body })).toEqual(first);
    const other = api.createSchedule({ headers, body: { ...body, cron: '@daily' } });
    await expect(other).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
  });
});

describe('a time that comes', () => {
  test('starts a run each second, with the inputs of the schedule', { timeout: 20_000 }, async () => {
    const { id: own } = await api.createWorkflow({ body: shout });
    const { id } = await yearly({ workflow_id: own, cron: '* * * * * *' });
    const runs = async () => (await api.listExecutions({ query: { workflow_id: own } })).data;
    const succeeded = async () => (await runs()).filter(({ status }) => status === 'success').length;
    await expect.poll(succeeded, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    await api.updateSchedule({ ...at(id), body: { enabled: false } });
    expect((await runs())[0]).toMatchObject({ inputs, user_id: 'schedule' });
    const after = await api.getSchedule(at(id));
    expect((await runs()).map((run) => run.id)).toContain(after.last_execution_id);
    expect(after.last_at).toBeGreaterThan(0);
  });

  test('tells why it started no run', { timeout: 20_000 }, async () => {
    const { id: own } = await api.createWorkflow({ body: shout });
    const { id } = await yearly({ workflow_id: own, cron: '* * * * * *' });
    await api.deleteWorkflow({ path: { id: own } });
    const error = async () => (await api.getSchedule(at(id))).last_error;
    await expect.poll(error, { timeout: 10_000 }).toContain('workflow');
    await api.deleteSchedule(at(id));
  });
});

describe('another tenant', () => {
  test('sees and changes none of the schedules', async () => {
    const theirs = addOtherTenant(server);
    const { id } = await yearly();
    expect((await theirs.listSchedules()).data).toEqual([]);
    const calls = [
      theirs.getSchedule(at(id)),
      theirs.updateSchedule({ ...at(id), body: { enabled: false } }),
      theirs.deleteSchedule(at(id)),
    ];
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ status: 404, code: 'schedule_not_found' })),
    );
    const foreign = theirs.createSchedule({ body: { workflow_id, cron: '@daily', inputs } });
    await expect(foreign).rejects.toMatchObject({ status: 400, code: 'invalid_schedule' });
    expect(await api.getSchedule(at(id))).toMatchObject({ enabled: true });
  });
});
