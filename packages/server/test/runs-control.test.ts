import { createMandas, createWorkflowExecution } from '@flowwire/client';
import type { WorkflowDefinition, WorkflowEvent } from '@flowwire/contract/workflow-execution';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGate, type Gate } from './support/gate.ts';
import { answer, refuse, startModelStandIn } from './support/model-stand-in.ts';
import { addOtherTenant } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout, twoQuestions, twoSteps } from './support/workflows.ts';

let standIn: Awaited<ReturnType<typeof startModelStandIn>>;
let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;
let gate: Gate;
let refuses = false;

/** What the test's workflows say to the model, so that it waits at the gate, or fails as long as `refuses` says. */
const AT_THE_GATE = 'wait at the gate';
const MAY_FAIL = 'may fail';

beforeAll(async () => {
  standIn = await startModelStandIn([
    (request, response) => {
      const said = JSON.stringify(request.body);
      if (said.includes(AT_THE_GATE)) return gate.guard(answer('one two'))(request, response);
      if (said.includes(MAY_FAIL) && refuses) return refuse(400)(request, response);
      return answer('one two')(request, response);
    },
  ]);
  server = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'stand-in' });
  api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
});

afterAll(async () => {
  await server.close();
  await standIn.close();
});

const create = async (definition: WorkflowDefinition) => (await api.createWorkflow({ body: definition })).id;
const at = (execution_id: string) => ({ path: { execution_id } });

/** Starts a run that goes on without readers; answers its id once it has begun. */
async function begin(definition: WorkflowDefinition, inputs: Record<string, unknown> = {}): Promise<string> {
  const path = { id: await create(definition) };
  const stream = api.streamWorkflowExecution({ path, body: { inputs, on_disconnect: 'continue' } });
  for await (const event of stream) return event.workflow_run_id;
  throw new Error('the stream told nothing');
}

const isTerminal = ({ event }: WorkflowEvent) => event === 'workflow_finished';

/** Follows a run until an event that fits, or its end. Answers all events up to there. */
async function eventsUntil(id: string, fits: (event: WorkflowEvent) => boolean): Promise<WorkflowEvent[]> {
  const events: WorkflowEvent[] = [];
  for await (const event of api.followExecution(at(id))) {
    events.push(event);
    if (fits(event)) return events;
  }
  return events;
}

const finish = async (id: string) => (await api.followExecution(at(id)).result()).data;
const status = async (id: string) => (await api.getExecution(at(id))).status;

/** What an event tells of, in a word or two. */
const brief = ({ event, data }: WorkflowEvent) =>
  event.startsWith('node_') && 'node_id' in data ? `${event} ${data.node_id}` : event;

describe('pause and resume', () => {
  test('a run pauses at the next node boundary, and goes on from there', async () => {
    gate = createGate();
    const id = await begin(twoSteps, { say: AT_THE_GATE });
    await gate.reached;
    expect((await api.pauseExecution(at(id))).status).toBe('running');
    gate.open();
    const before = (await eventsUntil(id, ({ event }) => event === 'paused')).map(brief);
    expect(before).toContain('node_finished first');
    expect(before).not.toContain('node_started second');
    expect(await status(id)).toBe('paused');

    const again = api.pauseExecution(at(id));
    await expect(again).rejects.toMatchObject({ status: 409, code: 'execution_not_running' });
    expect(['queued', 'running']).toContain((await api.resumeExecution(at(id))).status);
    expect(await finish(id)).toMatchObject({ status: 'succeeded', outputs: { text: 'ONE TWO' } });

    const all = (await eventsUntil(id, isTerminal)).map(brief);
    expect(all.slice(0, before.length)).toEqual(before);
    expect(all.slice(before.length).filter((event) => event !== 'progress')).toEqual([
      'resumed',
      'node_started second',
      'node_finished second',
      'node_started end',
      'node_finished end',
      'workflow_finished',
    ]);
  });

  test('a wish to pause is taken back before the run pauses', async () => {
    gate = createGate();
    const id = await begin(twoSteps, { say: AT_THE_GATE });
    await gate.reached;
    await api.pauseExecution(at(id));
    await api.resumeExecution(at(id));
    gate.open();
    expect(await finish(id)).toMatchObject({ status: 'succeeded' });
    expect((await eventsUntil(id, isTerminal)).map(brief)).not.toContain('paused');
  });

  test('a run that is not paused cannot be resumed, and one that has ended takes neither wish', async () => {
    gate = createGate();
    const id = await begin(twoSteps, { say: AT_THE_GATE });
    await gate.reached;
    const running = api.resumeExecution(at(id));
    await expect(running).rejects.toMatchObject({ status: 409, code: 'execution_not_paused' });
    gate.open();
    await finish(id);
    for (const wish of [api.pauseExecution(at(id)), api.resumeExecution(at(id))])
      await expect(wish).rejects.toMatchObject({ status: 409, code: 'execution_ended' });
  });

  test('a paused run can be cancelled', async () => {
    gate = createGate();
    const id = await begin(twoSteps, { say: AT_THE_GATE });
    await gate.reached;
    await api.pauseExecution(at(id));
    gate.open();
    await eventsUntil(id, ({ event }) => event === 'paused');
    await api.cancelExecution(at(id));
    expect(await finish(id)).toMatchObject({ status: 'cancelled' });
  });
});

describe('questions', () => {
  const isQuestion = (node: string) => (event: WorkflowEvent) =>
    event.event === 'question' && event.data.node_id === node;

  /** Starts the workflow and waits until both questions are asked and the run waits. */
  async function beginAsking(): Promise<{ id: string; questions: Map<string, string> }> {
    const id = await begin(twoQuestions, { name: 'Ada' });
    await expect.poll(() => status(id)).toBe('waiting');
    const { questions = [] } = await api.getExecution(at(id));
    return { id, questions: new Map(questions.map(({ node_id, question_id }) => [node_id, question_id])) };
  }

  test('the run waits, tells what it asks, and goes on with the answers', async () => {
    const { id, questions } = await beginAsking();
    const { questions: open = [] } = await api.getExecution(at(id));
    expect(open).toMatchObject([
      {
        node_id: 'post',
        question: 'Which post, Ada?',
        choices: [
          { id: 'research', label: 'Research' },
          { id: 'industry', label: 'Industry' },
        ],
        allow_text: false,
      },
      { node_id: 'place', question: 'Where?', allow_text: true },
    ]);
    const post = questions.get('post') ?? '';
    const place = questions.get('place') ?? '';
    await api.answerExecution({ ...at(id), body: { type: 'text', question_id: place, text: 'Bremen' } });
    await api.answerExecution({ ...at(id), body: { type: 'choice', question_id: post, choice: 'research' } });
    expect(await finish(id)).toMatchObject({
      status: 'succeeded',
      outputs: { post: 'research', place: 'Bremen' },
    });
    const answers = (await eventsUntil(id, isTerminal)).flatMap((event) =>
      event.event === 'resumed' ? [[event.data.reason, event.data.question_id, event.data.answer]] : [],
    );
    expect(answers).toEqual([
      ['answered', place, 'Bremen'],
      ['answered', post, 'research'],
    ]);
    const late = api.answerExecution({ ...at(id), body: { type: 'text', question_id: place, text: 'no' } });
    await expect(late).rejects.toMatchObject({ status: 409, code: 'execution_ended' });
    expect(await api.getExecution(at(id))).not.toHaveProperty('questions');
  });

  test('only the first answer to a question counts', async () => {
    const { id, questions } = await beginAsking();
    const body = { type: 'text' as const, question_id: questions.get('place') ?? '', text: 'Bremen' };
    await api.answerExecution({ ...at(id), body });
    await api.answerExecution({ ...at(id), body });
    const second = api.answerExecution({ ...at(id), body: { ...body, text: 'Kiel' } });
    await expect(second).rejects.toMatchObject({ status: 409, code: 'question_answered' });
    const { questions: open = [] } = await api.getExecution(at(id));
    expect(open.map(({ node_id }) => node_id)).toEqual(['post']);
    await api.cancelExecution(at(id));
  });

  test('an answer that the question does not take is refused, and the run still waits', async () => {
    const { id, questions } = await beginAsking();
    const post = questions.get('post') ?? '';
    const wrong = [
      [{ type: 'choice', question_id: post, choice: 'sales' }, '/choice'],
      [{ type: 'text', question_id: post, text: 'sales' }, '/text'],
    ] as const;
    for (const [body, pointer] of wrong) {
      await expect(api.answerExecution({ ...at(id), body })).rejects.toMatchObject({
        status: 400,
        code: 'invalid_answer',
        body: { details: [{ in: 'body', pointer }] },
      });
    }
    const unknown = { type: 'choice' as const, question_id: 'q_none', choice: 'research' };
    const asked = api.answerExecution({ ...at(id), body: unknown });
    await expect(asked).rejects.toMatchObject({ status: 404, code: 'question_not_found' });
    expect(await status(id)).toBe('waiting');
    await api.cancelExecution(at(id));
  });

  test('a question that is optional may be passed over, and any may be given up', async () => {
    const id = await begin({
      name: 'lenient',
      nodes: [
        { id: 'start', type: 'start' },
        {
          id: 'post',
          type: 'question',
          question: 'Which post?',
          choices: [{ id: 'research', label: 'Research' }],
          fallback: 'research',
          on_error: 'branch',
        },
        { id: 'place', type: 'question', question: 'Where?', optional: true, default: 'anywhere' },
        { id: 'end', type: 'end', outputs: { place: '{{ place.answer }}', post: '{{ post.error_code }}' } },
      ],
      edges: [
        { from: 'start', to: 'post' },
        { from: 'start', to: 'place' },
        { from: 'post', to: 'end', on: 'error' },
        { from: 'place', to: 'end' },
      ],
    });
    await expect.poll(() => status(id)).toBe('waiting');
    const { questions = [] } = await api.getExecution(at(id));
    const byNode = new Map(questions.map((question) => [question.node_id, question]));
    const [post, place] = [byNode.get('post'), byNode.get('place')];
    expect(post).toMatchObject({ fallback: 'research' });
    expect(post).not.toHaveProperty('optional');
    expect(place).toMatchObject({ optional: true });
    const skip = (question_id = '') =>
      api.answerExecution({ ...at(id), body: { type: 'skip', question_id } });
    await expect(skip(post?.question_id)).rejects.toMatchObject({
      status: 400,
      code: 'invalid_answer',
      body: { details: [{ in: 'body', pointer: '/type' }] },
    });
    await skip(place?.question_id);
    const giveUp = { type: 'give_up' as const, question_id: post?.question_id ?? '' };
    await api.answerExecution({ ...at(id), body: giveUp });
    expect(await finish(id)).toMatchObject({
      status: 'succeeded',
      outputs: { place: 'anywhere', post: 'question_given_up' },
    });
    const resumed = (await eventsUntil(id, isTerminal)).flatMap((event) =>
      event.event === 'resumed' ? [event.data] : [],
    );
    expect(resumed).toMatchObject([
      { question_id: place?.question_id, skipped: true },
      { question_id: post?.question_id, given_up: true },
    ]);
    for (const data of resumed) expect(data).not.toHaveProperty('answer');
  });

  test('a run that waits can be cancelled', async () => {
    const { id } = await beginAsking();
    await api.cancelExecution(at(id));
    expect(await finish(id)).toMatchObject({ status: 'cancelled' });
  });

  test('a question that nobody answers in time is answered by its default', async () => {
    const id = await begin({
      name: 'hurry',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'ask', type: 'question', question: 'Now?', expires_after_ms: 1, default: 'later' },
        { id: 'end', type: 'end', outputs: { answer: '{{ ask.answer }}' } },
      ],
      edges: [
        { from: 'start', to: 'ask' },
        { from: 'ask', to: 'end' },
      ],
    });
    expect(await finish(id)).toMatchObject({ status: 'succeeded', outputs: { answer: 'later' } });
    const events = await eventsUntil(id, isTerminal);
    expect(events.find(isQuestion('ask'))).toBeDefined();
    expect(events.find(({ event }) => event === 'resumed')).toMatchObject({
      data: { reason: 'answered', expired: true },
    });
  });
});

describe('restart', () => {
  const failing: WorkflowDefinition = {
    name: 'failing',
    nodes: [
      { id: 'start', type: 'start' },
      { id: 'first', type: 'llm', messages: [{ role: 'user', content: '{{ start.say }}' }] },
      { id: 'second', type: 'llm', messages: [{ role: 'user', content: MAY_FAIL }] },
      { id: 'end', type: 'end', outputs: { text: '{{ second.text }}' } },
    ],
    edges: twoSteps.edges,
  };

  const failed = async () => {
    refuses = true;
    const id = await begin(failing, { say: 'hello' });
    expect(await finish(id)).toMatchObject({ status: 'failed' });
    refuses = false;
    return id;
  };

  test('a run that failed runs again from there, with the outputs of what had succeeded', async () => {
    const id = await failed();
    const asked = standIn.requests.length;
    const restarted = await api.restartExecution(at(id));
    expect(restarted).toMatchObject({ reused_from: id, inputs: { say: 'hello' } });
    expect(await finish(restarted.id)).toMatchObject({ status: 'succeeded', outputs: { text: 'one two' } });
    expect(standIn.requests.length - asked).toBe(1);
    const { nodes } = await api.getExecution(at(restarted.id));
    expect(nodes.map(({ node_id, status, reused = false }) => [node_id, status, reused])).toEqual([
      ['start', 'succeeded', true],
      ['first', 'succeeded', true],
      ['second', 'succeeded', false],
      ['end', 'succeeded', false],
    ]);
    const events = await eventsUntil(restarted.id, isTerminal);
    expect(events[0]).toMatchObject({ event: 'workflow_started', data: { reused_from: id } });
  });

  test('a run is run again from any node', async () => {
    const id = await failed();
    const asked = standIn.requests.length;
    const restarted = await api.restartExecution({ ...at(id), body: { from: 'first' } });
    expect(await finish(restarted.id)).toMatchObject({ status: 'succeeded' });
    expect(standIn.requests.length - asked).toBe(2);
  });

  test('a task of the mandas API is restarted as the task that it is, and stays out of the lists', async () => {
    const mandas = createMandas({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
    refuses = true;
    const { task_id: id } = await mandas.createTask({
      body: { agent: { type: 'data_analysis' }, input: { note: MAY_FAIL } },
    });
    expect(await finish(id)).toMatchObject({ status: 'failed' });
    refuses = false;
    const restarted = await api.restartExecution(at(id));
    expect(restarted).toMatchObject({ reused_from: id, workflow_id: 'task' });
    expect(await finish(restarted.id)).toMatchObject({ status: 'succeeded' });
    expect(await mandas.getTask({ path: { task_id: restarted.id } })).toMatchObject({
      status: 'COMPLETED',
      input: { note: MAY_FAIL },
    });
    const listed = await api.listExecutions({ query: { limit: 100 } });
    expect(listed.data.map((run) => run.id)).not.toContain(restarted.id);
  });

  test('the same Idempotency-Key restarts once; with another request it is refused', async () => {
    const id = await failed();
    const headers = { 'Idempotency-Key': `restart ${id}` };
    const first = await api.restartExecution({ ...at(id), headers });
    expect((await api.restartExecution({ ...at(id), headers })).id).toBe(first.id);
    const other = api.restartExecution({ ...at(id), headers, body: { from: 'first' } });
    await expect(other).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
  });

  test('what cannot be restarted is refused', async () => {
    const nowhere = api.restartExecution({ ...at(await failed()), body: { from: 'nowhere' } });
    await expect(nowhere).rejects.toMatchObject({
      status: 400,
      code: 'unknown_node',
      body: { details: [{ pointer: '/from' }] },
    });
    gate = createGate();
    const id = await begin(twoSteps, { say: AT_THE_GATE });
    const early = api.restartExecution(at(id));
    await expect(early).rejects.toMatchObject({ status: 409, code: 'execution_not_ended' });
    gate.open();
    await finish(id);
  });
});

describe('results that are used again', () => {
  test('a recent result of the same inputs stands in for a run', async () => {
    const id = await create(twoSteps);
    const run = async (say: string) => {
      const response = await fetch(`${server.url}/api/workflow/${id}/execute`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ inputs: { say }, response_mode: 'blocking', cache_max_age_ms: 60_000 }),
      });
      const body: unknown = await response.json();
      return { cache: response.headers.get('x-cache'), body };
    };
    const asked = standIn.requests.length;
    expect(await run('hello')).toMatchObject({ cache: 'miss', body: { data: { status: 'succeeded' } } });
    expect(await run('hello')).toMatchObject({
      cache: 'hit',
      body: { cached: true, data: { status: 'succeeded', outputs: { text: 'ONE TWO' } } },
    });
    expect(await run('goodbye')).toMatchObject({ cache: 'miss' });
    expect(standIn.requests.length - asked).toBe(2);
    await api.updateWorkflow({ path: { id }, body: { ...twoSteps, name: 'changed' } });
    expect(await run('hello')).toMatchObject({ cache: 'miss' });
  });

  test('a stream tells the events of such a result again, each as one that was used again', async () => {
    const path = { id: await create(shout) };
    const body = { inputs: { text: 'x' }, cache_max_age_ms: 60_000 };
    const first = await api.streamWorkflowExecution({ path, body }).result();
    const second = await api.streamWorkflowExecution({ path, body }).result();
    expect(second.data.outputs).toEqual(first.data.outputs);
    const events = await eventsUntil(second.workflow_run_id, isTerminal);
    expect(events[0]).toMatchObject({ data: { reused_from: first.workflow_run_id } });
    const reused = events.flatMap((event) => (event.event === 'node_finished' ? [event.data.reused] : []));
    expect(reused).toEqual([true, true, true]);
  });

  test('a workflow may ask for it itself, and a request may do without', async () => {
    const path = { id: await create({ ...shout, cache: { max_age_ms: 60_000 } }) };
    const run = async (more: object) => {
      const { cached = false } = await api.executeWorkflow({
        path,
        body: { inputs: { text: 'x' }, ...more },
      });
      return cached;
    };
    expect([await run({}), await run({}), await run({ cache_max_age_ms: 0 })]).toEqual([false, true, false]);
  });
});

describe('conversations', () => {
  test('a variable of the conversation keeps its value for the next run, in that conversation alone', async () => {
    const id = await create({
      name: 'count',
      variables: { times: { scope: 'conversation', default: 0 } },
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'more', type: 'assign', items: [{ target: 'vars.times', operation: 'add', value: 1 }] },
        { id: 'end', type: 'end', outputs: { times: '{{ vars.times }}' } },
      ],
      edges: [
        { from: 'start', to: 'more' },
        { from: 'more', to: 'end' },
      ],
    });
    const count = async (conversation_id: string) =>
      (await api.executeWorkflow({ path: { id }, body: { inputs: {}, conversation_id } })).data.outputs;
    expect([await count('one'), await count('two'), await count('one')]).toEqual([
      { times: 1 },
      { times: 1 },
      { times: 2 },
    ]);
    const [last] = (await api.listExecutions({ query: { workflow_id: id } })).data;
    expect(last).toMatchObject({ conversation_id: 'one', version: 1 });
  });
});

describe('another tenant', () => {
  test('finds none of the runs and questions', async () => {
    const theirs = addOtherTenant(server);
    const id = await begin(twoQuestions, { name: 'Ada' });
    await expect.poll(() => status(id)).toBe('waiting');
    const { questions = [] } = await api.getExecution(at(id));
    const body = { type: 'text' as const, question_id: questions[0]?.question_id ?? '', text: 'x' };
    const calls = [
      theirs.pauseExecution(at(id)),
      theirs.resumeExecution(at(id)),
      theirs.answerExecution({ ...at(id), body }),
      theirs.restartExecution(at(id)),
      theirs.cancelExecution(at(id)),
    ];
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ status: 404, code: 'execution_not_found' })),
    );
    expect(await status(id)).toBe('waiting');
    await api.cancelExecution(at(id));
  });

  test('does not get a result of this one from the cache', async () => {
    const theirs = createWorkflowExecution({ baseUrl: server.url, auth: 'fw_key-of-the-other-tenant' });
    const body = { inputs: { text: 'x' }, cache_max_age_ms: 60_000 };
    await api.executeWorkflow({ path: { id: await create(shout) }, body });
    const { id } = await theirs.createWorkflow({ body: shout });
    expect(await theirs.executeWorkflow({ path: { id }, body })).not.toHaveProperty('cached');
  });
});
