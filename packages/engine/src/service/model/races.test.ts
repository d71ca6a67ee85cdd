import { describe, expect, test } from 'vitest';
import type { WorkflowBody, WorkflowDefinition, WorkflowNode } from '../../definition/types.ts';
import { createQuestions } from '../../run/questions.ts';
import { isFinal } from '../../run-state.ts';
import { createManualClock } from '../../testing/index.ts';
import { settle } from './actions.ts';
import { createWorld, type Process, TENANT, turn } from './world.ts';

const say = (id: string, caller = id): WorkflowNode => ({
  id,
  type: 'llm',
  messages: [{ role: 'user', content: `${caller}|` }],
});

const ask = (more: object = {}): WorkflowNode => ({
  id: 'ask',
  type: 'question',
  question: 'Which?',
  choices: [
    { id: 'a', label: 'A' },
    { id: 'b', label: 'B' },
  ],
  ...more,
});

const row = (...nodes: WorkflowNode[]): WorkflowBody => ({
  nodes,
  edges: nodes.slice(1).map(({ id }, index) => ({ from: nodes[index]?.id ?? '', to: id })),
});

const line = (outputs: object, ...nodes: WorkflowNode[]): WorkflowDefinition => ({
  name: 'line',
  variables: { total: { default: 0 } },
  ...row({ id: 'start', type: 'start' }, ...nodes, { id: 'end', type: 'end', outputs: { ...outputs } }),
});

/** start -> the nodes beside each other -> end. */
const beside = (outputs: object, ...nodes: WorkflowNode[]): WorkflowDefinition => {
  const around = line(outputs);
  return {
    ...around,
    nodes: [...around.nodes, ...nodes],
    edges: nodes.flatMap(({ id }) => [
      { from: 'start', to: id },
      { from: id, to: 'end' },
    ]),
  };
};

async function begin(definition: WorkflowDefinition) {
  const world = createWorld({ random: () => 0, maxNodeCrashes: 3, onCall: () => undefined });
  const { store } = world;
  await store.workflows.create({ id: 'wf', tenantId: TENANT, definition, createdAt: 0 });
  const process = world.boot();
  await process.service.recover();
  const started = await process.service.start({
    tenantId: TENANT,
    workflowId: 'wf',
    userId: 'u',
    inputs: {},
  });
  if (!('run' in started)) throw new Error(started.outcome);
  const runId = started.run.id;
  await settle();
  return { ...world, process, runId, run: () => store.run(runId), state: () => store.run(runId)?.state };
}

const letAll = ({ gate }: Process): void => {
  for (const one of gate.waiting()) one.let();
};

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 2_000) throw new Error('it did not happen');
    await turn();
  }
}

const questionId = 'q_2';
const chooseA = { questionId, reply: { type: 'choice', choice: 'a' } } as const;

test('nodes beside each other that change one variable all count', async () => {
  const add = (id: string): WorkflowNode => ({
    id,
    type: 'assign',
    items: [{ target: 'vars.total', operation: 'add', value: 1 }],
  });
  const { run } = await begin(beside({ total: '{{ vars.total }}' }, add('a'), add('b'), add('c')));
  expect(run()).toMatchObject({ state: 'succeeded', outputs: { total: 3 } });
});

test('a pause comes true when the last node under way fails within an iteration that goes on', async () => {
  const each: WorkflowNode = {
    id: 'each',
    type: 'iteration',
    items: [0, 1],
    parallel: 2,
    on_item_error: 'null',
    body: row(say('odd', 'odd.{{ each.index }}'), say('next')),
    output: null,
  };
  const { process, runId, state } = await begin(line({}, each));
  await process.service.pause(TENANT, runId);
  await settle();
  letAll(process);
  await until(() => state() === 'paused');
  await process.service.resume(TENANT, runId);
  await until(() => process.gate.waiting().length > 0);
  letAll(process);
  await until(() => state() === 'succeeded');
});

test('an item that ends just after another one has failed its iteration begins nothing more', async () => {
  const each: WorkflowNode = {
    id: 'each',
    type: 'iteration',
    items: [0, 1, 2, 3, 4, 5],
    parallel: 3,
    on_error: 'branch',
    body: row(say('odd', 'odd.{{ each.index }}')),
    output: null,
  };
  for (let lag = 0; lag < 40; lag++) {
    const definition = line({}, each, say('after'));
    const edges = [
      { from: 'start', to: 'each' },
      { from: 'each', to: 'after', on: 'error' },
      { from: 'after', to: 'end' },
    ];
    const { process, store, runId, state } = await begin({ ...definition, edges });
    const [first, fails] = process.gate.waiting();
    first?.let();
    for (let microtasks = 0; microtasks < lag; microtasks++) await Promise.resolve();
    fails?.let();
    await until(() => process.gate.waiting().some(({ caller }) => caller === 'after'));
    letAll(process);
    await until(() => isFinal(state() ?? 'queued'));
    const ends = new Map(
      store
        .events(runId)
        .flatMap(({ seq, event }) => (event.type === 'node_finished' ? [[event.nodeId, seq]] : [])),
    );
    for (const { seq, event } of store.events(runId)) {
      if ('scope' in event && event.scope !== undefined) expect(seq).toBeLessThan(ends.get('each') ?? 0);
    }
  }
});

describe('an answer', () => {
  test('that comes while its run is being put to rest is left to the next claim', async () => {
    const stop = new AbortController();
    const questions = createQuestions(createManualClock(), stop.signal, async () => undefined);
    void questions.wait(questionId, undefined, stop.signal);
    stop.abort();
    questions.answer(chooseA);
    expect(questions.answersSeen()).toBe(0);
    expect(questions.open()).toBe(1);
  });

  test('that was accepted in time counts, also if its hint got lost', async () => {
    const definition = beside(
      { choice: '{{ ask.choice }}' },
      ask({ expires_after_ms: 1_000, default: 'b' }),
      say('busy'),
    );
    const { process, runId, faults, clock, run, state } = await begin(definition);
    faults.losesHints = true;
    expect(await process.service.answer(TENANT, runId, chooseA)).toMatchObject({ outcome: 'done' });
    await clock.advance(1_000);
    await settle();
    letAll(process);
    await until(() => state() === 'succeeded');
    expect(run()?.outputs).toEqual({ choice: 'a' });
  });

  test('expires a question at last when the store fails at that moment', async () => {
    const definition = beside(
      { choice: '{{ ask.choice }}' },
      ask({ expires_after_ms: 1_000, default: 'b' }),
      say('busy'),
    );
    const { process, faults, clock, run, state } = await begin(definition);
    faults.calls = 1;
    await clock.advance(1_000);
    await settle();
    await clock.advance(1_000);
    await settle();
    letAll(process);
    await until(() => state() === 'succeeded');
    expect(run()?.outputs).toEqual({ choice: 'b' });
  });
});

test.each(['cancelled', 'paused'] as const)(
  'a run is %s within two seconds when the hint got lost',
  async (wanted) => {
    const { process, runId, faults, clock, state } = await begin(line({}, say('think'), say('next')));
    faults.losesHints = true;
    const wish = wanted === 'cancelled' ? process.service.cancel : process.service.pause;
    expect(await wish(TENANT, runId)).toMatchObject({ outcome: 'done', run: { state: 'running' } });
    await settle();
    expect(state()).toBe('running');
    await clock.advance(2_000);
    await settle();
    letAll(process);
    await until(() => state() === wanted);
  },
);

describe('a store that fails to read', () => {
  test('just after a claim leaves the run to the next one', async () => {
    const { process, runId, faults, clock, state, run } = await begin(
      line({ choice: '{{ ask.choice }}' }, ask()),
    );
    expect(state()).toBe('waiting');
    faults.method = 'answers';
    await process.service.answer(TENANT, runId, chooseA);
    await settle();
    expect(faults.method).toBeUndefined();
    expect(state()).toBe('running');
    await clock.advance(1_000);
    await until(() => isFinal(state() ?? 'queued'));
    expect(run()?.outputs).toEqual({ choice: 'a' });
  });

  test('just after a run has come to rest does not fail that run', async () => {
    const { process, runId, faults, clock, state } = await begin(line({}, say('think'), ask()));
    faults.method = 'get';
    letAll(process);
    await until(() => state() === 'waiting');
    await settle();
    expect(faults.method).toBeUndefined();
    await clock.advance(1_000);
    await settle();
    expect(state()).toBe('waiting');
    await process.service.answer(TENANT, runId, { ...chooseA, questionId: 'q_3' });
    await until(() => isFinal(state() ?? 'queued'));
    expect(state()).toBe('succeeded');
  });
});

test('a waiting run that is cancelled tells the end of every node that had begun, also inside of others', async () => {
  const each: WorkflowNode = { id: 'each', type: 'iteration', items: [1], body: row(ask()), output: null };
  const { process, runId, state, store: memory } = await begin(line({}, each));
  expect(state()).toBe('waiting');
  expect(await process.service.cancel(TENANT, runId)).toMatchObject({
    outcome: 'done',
    run: { state: 'cancelled' },
  });
  const ended = memory
    .events(runId)
    .flatMap(({ event }) =>
      event.type === 'node_finished' && event.status === 'cancelled' ? [event.nodeId] : [],
    );
  expect(ended.sort()).toEqual(['ask', 'each']);
});
