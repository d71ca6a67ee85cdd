import { createMandas, createWorkflowExecution } from '@flowwire/client';
import type { Finding, WorkflowRunEvent } from '@flowwire/contract/mandas';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startCuttingProxy } from './support/cutting-proxy.ts';
import { createGate, type Gate } from './support/gate.ts';
import { agentAtWork, ECHO, eventsIn, refusal, refusalOf, send, undocumented } from './support/mandas.ts';
import { answer, type ModelScript, refuse, startModelStandIn } from './support/model-stand-in.ts';
import { dataFolder, openTestServer, type TestServer } from './support/reference-server.ts';
import { shout, twoQuestions, twoSteps } from './support/workflows.ts';

const AT_THE_GATE = 'wait at the gate';
const FAILS_ONCE = 'fails once';

let standIn: Awaited<ReturnType<typeof startModelStandIn>>;
let server: TestServer;
let api: ReturnType<typeof createMandas>;
let native: ReturnType<typeof createWorkflowExecution>;
let gate: Gate;
let failures = 0;

const speak: ModelScript = (request, response) => {
  const said = JSON.stringify(request.body);
  if (said.includes(AT_THE_GATE)) return gate.guard(answer('at last'))(request, response);
  if (said.includes(FAILS_ONCE) && failures++ === 0) return refuse(503)(request, response);
  return answer('one two three')(request, response);
};

beforeAll(async () => {
  standIn = await startModelStandIn([speak]);
  server = await openTestServer({
    OPENAI_BASE_URL: standIn.baseUrl,
    OPENAI_MODEL: 'stand-in',
    FLOWWIRE_BACKGROUND_CONCURRENCY: '1',
  });
  const options = { baseUrl: server.url, auth: server.key, maxRetries: 0 };
  api = createMandas(options);
  native = createWorkflowExecution(options);
});

beforeEach(() => {
  gate = createGate();
  failures = 0;
});

afterEach(() => {
  gate.open();
  expect(undocumented(server)).toEqual([]);
});

afterAll(async () => {
  await server.close();
  await standIn.close();
});

/** Two agents one after the other. */
const RELAY = `agents:
  - { name: First, type: thinking, prompt: "{{ initial_input.say }}" }
  - { name: Last, prompt: "{{ First.output }}", max_attempts: 3 }
`;

const at = (run_id: string) => ({ path: { run_id } });
const create = async (definition_yaml: string) =>
  (await api.createWorkflow({ body: { name: 'test', definition_yaml } })).id;
const start = async (workflow_id: string, initial_input: Record<string, unknown> = {}) =>
  (await api.startRun({ path: { workflow_id }, body: { initial_input } })).run_id;
const pathOf = (run_id: string) => `/mandas/v2/workflows/runs/${run_id}/events`;

async function eventsOf(run_id: string): Promise<WorkflowRunEvent[]> {
  const events: WorkflowRunEvent[] = [];
  for await (const event of api.followRun(at(run_id))) events.push(event);
  return events;
}

/** What an event tells, in a word or two. */
const brief = (event: WorkflowRunEvent): string =>
  'agent_name' in event ? `${event.type} ${event.agent_name}` : event.type;

const withoutProgress = (events: readonly WorkflowRunEvent[]) =>
  events.map(brief).filter((one) => one !== 'run.progress' && one !== 'run.queued');

describe('the events of a run', () => {
  test('tell of its agents in their order, and at last of its output', async () => {
    const workflow_id = await create(RELAY);
    const run_id = await start(workflow_id, { say: 'hi' });
    const events = await eventsOf(run_id);
    const text = events.filter((event) => event.type === 'agent.output_delta');
    expect(text.map(({ delta }) => delta).join('')).toBe('one two three');
    expect(new Set(text.map(brief))).toEqual(new Set(['agent.output_delta Last']));
    const rest = events.filter((event) => event.type !== 'agent.output_delta');
    expect(withoutProgress(rest)).toEqual([
      'run.started',
      'agent.started First',
      'agent.completed First',
      'agent.started Last',
      'agent.completed Last',
      'run.completed',
    ]);
    expect(events.find(({ type }) => type === 'run.started')).toMatchObject({
      run_id,
      workflow_id,
      status: 'RUNNING',
      initial_input: { say: 'hi' },
      total_steps: 2,
    });
    expect(events.filter(({ type }) => type === 'agent.completed')).toMatchObject([
      { agent_type: 'thinking', step: 1, output: { text: 'one two three' }, attempts: 1 },
      { agent_type: 'agent', step: 2, token_usage: { total: 12, prompt: 7, completion: 5 } },
    ]);
    expect(events.at(-1)).toMatchObject({
      status: 'COMPLETED',
      final_output: { result: 'one two three' },
      token_usage: { total: 24, prompt: 14, completion: 10 },
    });
    const shares = events.flatMap((event) => (event.type === 'run.progress' ? [event.percent] : []));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(100);
  });

  test('are the same after a cut at every position, whichever way it is named', async () => {
    const run_id = await start(await create(RELAY), { say: 'hi' });
    await api.followRun(at(run_id)).result();
    const all = await eventsIn(server, pathOf(run_id));
    expect(all.length).toBeGreaterThan(8);
    for (const [index, { id }] of all.entries()) {
      const rest = all.slice(index + 1);
      expect(await eventsIn(server, pathOf(run_id), { 'last-event-id': id })).toEqual(rest);
      expect(await eventsIn(server, `${pathOf(run_id)}?last_event_id=${id}`)).toEqual(rest);
    }
    const last = all.at(-1)?.id ?? '';
    expect((await send(server, 'GET', `${pathOf(run_id)}?last_event_id=${last}`)).status).toBe(204);
  });

  test('from positions between them are the same, too', async () => {
    const run_id = await start(await create(RELAY), { say: 'hi' });
    await api.followRun(at(run_id)).result();
    const all = await eventsIn(server, pathOf(run_id));
    const last = Number(all.at(-1)?.id);
    for (let seq = 0; seq < last; seq += 1) {
      const rest = all.filter(({ id }) => Number(id) > seq);
      expect(await eventsIn(server, pathOf(run_id), { 'last-event-id': String(seq) })).toEqual(rest);
    }
  });

  test('reach a client whose connection breaks again and again', async () => {
    const run_id = await start(await create(RELAY), { say: AT_THE_GATE });
    const cuts = [900, 1_400, 1_900].map((fromServer) => ({ fromServer, fromClient: Infinity }));
    const proxy = await startCuttingProxy(Number(new URL(server.url).port), cuts);
    const through = createMandas({ baseUrl: proxy.url, auth: server.key });
    const seen: WorkflowRunEvent[] = [];
    await gate.reached;
    gate.open();
    for await (const event of through.followRun(at(run_id))) seen.push(event);
    expect(seen).toEqual((await eventsIn(server, pathOf(run_id))).map(({ data }) => data));
  });

  test('begin with run.queued, without an id, while it waits for its turn', async () => {
    const workflow_id = await create(ECHO);
    const first = await start(workflow_id, { say: AT_THE_GATE });
    await agentAtWork(api, first);
    const second = await start(workflow_id, { say: 'hi' });
    const stream = api.followRun(at(second));
    const events: WorkflowRunEvent[] = [];
    for await (const event of stream) {
      if (events.push(event) > 1) continue;
      expect(event).toMatchObject({ type: 'run.queued', run_id: second, workflow_id, status: 'QUEUED' });
      expect(stream.lastEventId).toBeUndefined();
      gate.open();
    }
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['run.queued', 'run.started']);
    expect((await eventsOf(second)).map(brief)[0]).toBe('run.started');
    await api.followRun(at(first)).result();
  });

  test('end with run.cancelled for one that was cancelled before it began', async () => {
    const workflow_id = await create(ECHO);
    const first = await start(workflow_id, { say: AT_THE_GATE });
    await agentAtWork(api, first);
    const second = await start(workflow_id);
    const followed = eventsOf(second);
    await api.cancelRun(at(second));
    expect((await followed).at(-1)).toMatchObject({ type: 'run.cancelled', status: 'CANCELLED' });
    await api.cancelRun(at(first));
    expect((await eventsOf(first)).map(brief).slice(-2)).toEqual(['agent.cancelled Echo', 'run.cancelled']);
  });

  test('tell that an agent tries again', async () => {
    const run_id = await start(await create(ECHO.replace('- name', '- max_attempts: 2\n    name')), {
      say: FAILS_ONCE,
    });
    const events = await eventsOf(run_id);
    expect(events.find(({ type }) => type === 'agent.retrying')).toMatchObject({
      agent_name: 'Echo',
      attempt: 2,
      reason: 'ERROR',
      error: { code: expect.stringMatching(/^[A-Z_]+$/), agent_name: 'Echo' },
    });
    expect(events.find(({ type }) => type === 'agent.completed')).toMatchObject({ attempts: 2 });
  });

  test('tell of questions and their answers', async () => {
    const { id } = await native.createWorkflow({ body: twoQuestions });
    const run_id = await start(id, { name: 'Ann' });
    const events: WorkflowRunEvent[] = [];
    for await (const event of api.followRun(at(run_id))) {
      events.push(event);
      if (event.type !== 'run.waiting') continue;
      const { question_id, choices } = event.question;
      const reply = choices
        ? { type: 'choice' as const, choice: 'research' }
        : { type: 'text' as const, text: 'Rome' };
      await native.answerExecution({ path: { execution_id: run_id }, body: { question_id, ...reply } });
    }
    expect(events.filter(({ type }) => type === 'run.resumed')).toMatchObject([
      { reason: 'ANSWERED', status: 'RUNNING', question_id: expect.any(String) },
      { reason: 'ANSWERED' },
    ]);
    expect(events.at(-1)).toMatchObject({ final_output: { post: 'research', place: 'Rome' } });
  });

  test('tell of a pause', async () => {
    const { id } = await native.createWorkflow({ body: twoSteps });
    const run_id = await start(id, { say: AT_THE_GATE });
    await gate.reached;
    await native.pauseExecution({ path: { execution_id: run_id } });
    gate.open();
    const events: WorkflowRunEvent[] = [];
    for await (const event of api.followRun(at(run_id))) {
      events.push(event);
      if (event.type === 'run.paused') await native.resumeExecution({ path: { execution_id: run_id } });
    }
    const told = events.map(({ type }) => type);
    expect(told.indexOf('run.resumed')).toBeGreaterThan(told.indexOf('run.paused'));
    expect(events.find(({ type }) => type === 'run.resumed')).toMatchObject({ reason: 'RESUMED' });
  });

  test('name what writes inside of an agent by its place', async () => {
    const { id } = await native.createWorkflow({
      body: {
        name: 'each',
        nodes: [
          { id: 'start', type: 'start' },
          {
            id: 'each',
            type: 'iteration',
            items: '{{ start.items }}',
            output: null,
            body: {
              nodes: [{ id: 'say', type: 'answer', template: '{{ each.item }}.' }],
              edges: [],
            },
          },
          { id: 'end', type: 'end', outputs: {} },
        ],
        edges: [
          { from: 'start', to: 'each' },
          { from: 'each', to: 'end' },
        ],
      },
    });
    const events = await eventsOf(await start(id, { items: ['a', 'b'] }));
    const texts = events.flatMap((event) =>
      event.type === 'agent.output_delta' ? [[event.agent_name, event.delta]] : [],
    );
    expect(texts.map(([name]) => name)).toContain('each[1]/say');
    expect(texts.map(([, delta]) => delta).join('')).toBe('a.b.');
    const agents = events.filter(({ type }) => type === 'agent.started');
    expect(agents.map(brief)).toEqual(['agent.started each']);
  });
});

describe('a position', () => {
  test('that the run has not come to is refused', async () => {
    const run_id = await start(await create(ECHO));
    await api.followRun(at(run_id)).result();
    const { last_event_id: last } = await api.getRun(at(run_id));
    const ahead = (place: Pick<Finding, 'in' | 'pointer'>) =>
      refusal(400, 'INVALID_EVENT_ID', {
        run_id,
        findings: [{ ...place, code: 'maximum', message: `must be at most ${last}` }],
      });
    const byHeader = api.followRun({ ...at(run_id), headers: { 'Last-Event-ID': '999' } }).result();
    expect(await refusalOf(byHeader)).toEqual(ahead({ in: 'header', pointer: '/Last-Event-ID' }));
    const byQuery = api.followRun({ ...at(run_id), query: { last_event_id: '999' } }).result();
    expect(await refusalOf(byQuery)).toEqual(ahead({ in: 'query', pointer: '/last_event_id' }));
  });

  test('that is no number is refused', async () => {
    const { status, json } = await send(server, 'GET', pathOf('run_x'), {
      headers: { 'last-event-id': 'x' },
    });
    expect({ status, body: json }).toEqual(refusal(400, 'VALIDATION_ERROR'));
  });

  test('whose events are no longer kept is refused, and the record still has the result', async () => {
    const folder = await dataFolder();
    onTestFinished(folder.remove);
    const before = await openOver(folder.path);
    const { id: workflow_id } = await before.other.createWorkflow({ body: shout });
    const run = async () => {
      const body = { initial_input: { text: 'hi' } };
      const { run_id } = await before.theirs.startRun({ path: { workflow_id }, body });
      await before.theirs.followRun(at(run_id)).result();
      return run_id;
    };
    const [old, recent] = [await run(), await run()];
    await before.forgetful.close();

    const { forgetful, theirs } = await openOver(folder.path, { FLOWWIRE_RETAIN_EVENTS_OF_RUNS: '1' });
    onTestFinished(forgetful.close);
    await expect.poll(() => theirs.getRun(at(old))).not.toHaveProperty('agent_results');
    const record = await theirs.getRun(at(old));
    expect(record).toMatchObject({ status: 'COMPLETED', final_output: { text: 'HI' } });
    expect(record).not.toHaveProperty('progress');
    const expired = refusal(410, 'EVENTS_EXPIRED', { run_id: old, status: 'COMPLETED' });
    expect(await refusalOf(theirs.followRun(at(old)).result())).toEqual(expired);
    expect(await theirs.followRun(at(recent)).result()).toMatchObject({ type: 'run.completed' });
    expect(undocumented(forgetful)).toEqual([]);
  });
});

/** A server over a folder of its data, as an earlier one left it. */
async function openOver(FLOWWIRE_DATA_DIR: string, environment = {}) {
  const forgetful = await openTestServer({ FLOWWIRE_DATA_DIR, ...environment });
  const options = { baseUrl: forgetful.url, auth: forgetful.key, maxRetries: 0 };
  return { forgetful, theirs: createMandas(options), other: createWorkflowExecution(options) };
}
