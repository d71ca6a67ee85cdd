import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import type { ModelProvider, RunAnswer } from '../ports.ts';
import {
  createManualClock,
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
  createServices,
} from '../testing/index.ts';
import { createRunService } from './run-service.ts';

const TENANT = 'tenant_1';
const never = new AbortController().signal;

const row = (...nodes: WorkflowNode[]): WorkflowDefinition => ({
  name: 'row',
  nodes,
  edges: nodes.slice(1).map((node, index) => ({ from: nodes[index]?.id ?? '', to: node.id })),
});

const say = (id: string): WorkflowNode => ({ id, type: 'llm', messages: [{ role: 'user', content: id }] });

/** A model whose answers a test lets through one by one. */
function createGate() {
  const open = new Map<string, () => void>();
  const models: ModelProvider = {
    async *stream({ messages }, signal) {
      const name = messages[0]?.content ?? '';
      await new Promise<void>((resolve, reject) => {
        open.set(name, resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      yield { type: 'text', text: name };
      yield { type: 'finish', model: 'gate', tokens: { prompt: 1, completion: 1 }, finishReason: 'stop' };
    },
  };
  return { models, asked: () => [...open.keys()], let: (name: string) => open.get(name)?.() };
}

function setup(definition: WorkflowDefinition, models?: ModelProvider) {
  const clock = createManualClock();
  const wake = createMemoryWake();
  const store = createMemoryStore({ wake, clock });
  const errors: unknown[] = [];
  const boot = (owner: string) => {
    const queue = createMemoryQueue();
    const service = createRunService({
      log: store.log,
      runs: store.runs,
      workflows: store.workflows,
      queue,
      wake,
      services: createServices({ clock, ...(models && { models }), validateSchema: () => [] }),
      owner,
      onError: (error) => errors.push(error),
      random: () => 0,
    });
    return { service, queue };
  };
  const first = boot('boot_1');
  const start = async (inputs = {}) => {
    await store.workflows.create({ id: 'wf_1', tenantId: TENANT, definition, createdAt: 0 });
    const started = await first.service.start({ tenantId: TENANT, workflowId: 'wf_1', userId: 'u', inputs });
    if (!('run' in started)) throw new Error(started.outcome);
    return started.run.id;
  };
  const types = (runId: string) => store.events(runId).map(({ event }) => event.type);
  return {
    ...first,
    boot,
    clock,
    wake,
    store,
    errors,
    start,
    types,
    state: (id: string) => store.run(id)?.state,
  };
}

async function until(condition: () => boolean | undefined): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('pause', () => {
  const two = row({ id: 'start', type: 'start' }, say('one'), say('two'), {
    id: 'end',
    type: 'end',
    outputs: { text: '{{ one.text }}{{ two.text }}' },
  });

  test('lets the node under way end, begins no other one, and survives its process', async () => {
    const gate = createGate();
    const { service, boot, start, state, types, store, errors } = setup(two, gate.models);
    await service.recover();
    const id = await start();
    await until(() => gate.asked().includes('one'));
    expect(await service.pause(TENANT, id)).toMatchObject({ outcome: 'done', run: { state: 'running' } });
    gate.let('one');
    await until(() => state(id) === 'paused');
    expect(types(id).at(-1)).toBe('run_paused');
    expect(gate.asked()).toEqual(['one']);
    expect(await service.pause(TENANT, id)).toMatchObject({ outcome: 'refused' });

    await service.drain(0);
    const { service: next } = boot('boot_2');
    await next.recover();
    expect(state(id)).toBe('paused');
    expect(await next.resume(TENANT, id)).toMatchObject({ outcome: 'done', run: { state: 'queued' } });
    await until(() => gate.asked().includes('two'));
    gate.let('two');
    await until(() => state(id) === 'succeeded');
    expect(types(id).filter((type) => /run_|node_retry/.test(type))).toEqual([
      'run_started',
      'run_paused',
      'run_resumed',
      'run_finished',
    ]);
    expect(store.run(id)?.outputs).toEqual({ text: 'onetwo' });
    expect(errors).toEqual([]);
  });

  test('that is taken back before it came true leaves no trace', async () => {
    const gate = createGate();
    const { service, start, state, types } = setup(two, gate.models);
    await service.recover();
    const id = await start();
    await until(() => gate.asked().includes('one'));
    await service.pause(TENANT, id);
    expect(await service.resume(TENANT, id)).toMatchObject({ outcome: 'done', run: { state: 'running' } });
    gate.let('one');
    await until(() => gate.asked().includes('two'));
    gate.let('two');
    await until(() => state(id) === 'succeeded');
    expect(types(id)).not.toContain('run_paused');
  });

  test('of a queued run comes true at once', async () => {
    const { service, start, state, types } = setup(two, createGate().models);
    const id = await start();
    expect(await service.pause(TENANT, id)).toMatchObject({ outcome: 'done', run: { state: 'paused' } });
    expect(types(id)).toEqual(['run_started', 'run_paused']);
    await service.cancel(TENANT, id);
    expect(state(id)).toBe('cancelled');
  });

  test('that was wished is over with the run', async () => {
    const { service, start, state } = setup(two, createGate().models);
    await service.recover();
    const id = await start();
    await service.pause(TENANT, id);
    await until(() => state(id) === 'running' || state(id) === 'paused');
    await service.cancel(TENANT, id);
    await until(() => state(id) === 'cancelled');
    expect(await service.resume(TENANT, id)).toMatchObject({ outcome: 'refused' });
  });

  test('ends as timed out when it outlasts the run', async () => {
    const { service, start, state, clock } = setup(two, createGate().models);
    const id = await start();
    await service.pause(TENANT, id);
    await service.recover();
    await clock.advance(3_600_000);
    await until(() => state(id) === 'timed_out');
  });
});

describe('a question', () => {
  const ask = (fields: object = {}): WorkflowNode => ({
    id: 'ask',
    type: 'question',
    question: 'Which one, {{ start.name }}?',
    choices: [
      { id: 'a', label: 'The first' },
      { id: 'b', label: 'The second' },
    ],
    ...fields,
  });
  const asking = (fields: object = {}): WorkflowDefinition => ({
    name: 'asking',
    nodes: [
      { id: 'start', type: 'start' },
      ask(fields),
      { id: 'first', type: 'end', outputs: { took: 'first', answer: '{{ ask.answer }}' } },
      { id: 'other', type: 'end', outputs: { took: 'other', answer: '{{ ask.answer }}' } },
    ],
    edges: [
      { from: 'start', to: 'ask' },
      { from: 'ask', to: 'first', on: 'a' },
      { from: 'ask', to: 'other', on: 'b' },
    ],
  });
  const choice = (questionId: string, id: string): RunAnswer => ({
    questionId,
    reply: { type: 'choice', choice: id },
  });

  async function waiting(fields: object = {}) {
    const all = setup(asking(fields));
    await all.service.recover();
    const id = await all.start({ name: 'Ada' });
    await until(() => all.state(id) === 'waiting');
    const run = await all.store.runs.get(TENANT, id);
    const [question] = run ? await all.service.questions(run) : [];
    if (!run || !question) throw new Error('nothing is asked');
    return { ...all, id, run, question };
  }

  test('waits without a worker, and its answer takes the edge of the choice', async () => {
    const { service, queue, store, id, question, state, types, run } = await waiting();
    expect(question).toMatchObject({ question: 'Which one, Ada?', allowText: false, nodeId: 'ask' });
    expect(queue.counts()).toEqual({ waiting: 0, active: 0 });
    expect(await service.answer(TENANT, id, choice(question.questionId, 'b'))).toMatchObject({
      outcome: 'done',
    });
    await until(() => state(id) === 'succeeded');
    expect(store.run(id)?.outputs).toEqual({ took: 'other', answer: 'The second' });
    expect(types(id)).not.toContain('node_retry');
    expect(await service.questions(run)).toEqual([]);
  });

  test('is answered after its process has died', async () => {
    const { boot, service, id, question, state } = await waiting();
    await service.drain(0);
    const { service: next } = boot('boot_2');
    await next.recover();
    expect(state(id)).toBe('waiting');
    await next.answer(TENANT, id, choice(question.questionId, 'a'));
    await until(() => state(id) === 'succeeded');
  });

  test('takes the first answer only', async () => {
    const { service, store, id, question, state } = await waiting();
    const [one, two] = await Promise.all([
      service.answer(TENANT, id, choice(question.questionId, 'a')),
      service.answer(TENANT, id, choice(question.questionId, 'b')),
    ]);
    expect([one.outcome, two.outcome].sort()).toEqual(['closed', 'done']);
    await until(() => state(id) === 'succeeded');
    expect(store.run(id)?.outputs).toMatchObject({ took: one.outcome === 'done' ? 'first' : 'other' });
  });

  test('refuses what is no answer to it', async () => {
    const { service, id, question } = await waiting();
    const { questionId } = question;
    expect(await service.answer(TENANT, id, choice(questionId, 'c'))).toEqual({
      outcome: 'invalid',
      field: 'choice',
      message: 'The question has the choices a, b.',
    });
    const text: RunAnswer = { questionId, reply: { type: 'text', text: 'x' } };
    expect(await service.answer(TENANT, id, text)).toMatchObject({ outcome: 'invalid', field: 'text' });
    expect(await service.answer(TENANT, id, choice('q_99', 'a'))).toEqual({ outcome: 'unknown_question' });
    expect(await service.answer('tenant_2', id, choice(questionId, 'a'))).toEqual({ outcome: 'unknown_run' });
  });

  test('is passed over only where it is optional', async () => {
    const strict = await waiting({ default: 'a' });
    const reply = { type: 'skipped' } as const;
    const { questionId } = strict.question;
    expect(await strict.service.answer(TENANT, strict.id, { questionId, reply })).toEqual({
      outcome: 'invalid',
      field: 'type',
      message: 'The question must be answered.',
    });
    const { service, store, id, question, state } = await waiting({ default: 'b', optional: true });
    expect(question).toMatchObject({ optional: true });
    await service.answer(TENANT, id, { questionId: question.questionId, reply });
    await until(() => state(id) === 'succeeded');
    expect(store.run(id)?.outputs).toMatchObject({ took: 'other' });
  });

  test('that is given up fails its node', async () => {
    const { service, store, id, question, state } = await waiting();
    const reply = { type: 'given_up' } as const;
    await service.answer(TENANT, id, { questionId: question.questionId, reply });
    await until(() => state(id) === 'failed');
    expect(store.run(id)?.error).toMatchObject({ code: 'question_given_up', nodeId: 'ask' });
  });

  test('with a fallback takes any answer, and keeps it as it was given', async () => {
    const { service, store, id, question, state } = await waiting({ fallback: 'b' });
    expect(question).toMatchObject({ fallback: 'b' });
    await service.answer(TENANT, id, choice(question.questionId, 'z'));
    await until(() => state(id) === 'succeeded');
    expect(store.run(id)?.outputs).toMatchObject({ took: 'other' });
    expect(store.events(id).map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ type: 'question_answered', reply: { type: 'choice', choice: 'z' } }),
    );
  });

  test('that expires takes its default, with the clock of the server', async () => {
    const { clock, store, id, state } = await waiting({ expires_after_ms: 60_000, default: 'a' });
    await clock.advance(59_000);
    expect(state(id)).toBe('waiting');
    await clock.advance(2_000);
    await until(() => state(id) === 'succeeded');
    expect(store.run(id)?.outputs).toMatchObject({ took: 'first' });
  });

  test('that expires without a default fails its node', async () => {
    const { clock, store, id, state } = await waiting({ expires_after_ms: 60_000 });
    await clock.advance(61_000);
    await until(() => state(id) === 'failed');
    expect(store.run(id)?.error).toMatchObject({ code: 'question_expired', nodeId: 'ask' });
  });

  test('is closed to answers that come too late', async () => {
    const { service, clock, id, question } = await waiting({ expires_after_ms: 60_000, default: 'a' });
    await service.drain(0);
    await clock.advance(60_000);
    expect(await service.answer(TENANT, id, choice(question.questionId, 'b'))).toMatchObject({
      outcome: 'closed',
    });
  });

  test('waits on through a pause, and its answer counts after it', async () => {
    const { service, id, question, state, types } = await waiting();
    expect(await service.pause(TENANT, id)).toMatchObject({ outcome: 'done', run: { state: 'paused' } });
    expect(await service.answer(TENANT, id, choice(question.questionId, 'a'))).toMatchObject({
      outcome: 'done',
    });
    expect(state(id)).toBe('paused');
    await service.resume(TENANT, id);
    await until(() => state(id) === 'succeeded');
    expect(types(id).filter((type) => /run_|question/.test(type))).toEqual([
      'run_started',
      'question_asked',
      'run_paused',
      'run_resumed',
      'question_answered',
      'run_finished',
    ]);
  });

  test('of a waiting run ends with a cancel', async () => {
    const { service, id, run } = await waiting();
    expect(await service.cancel(TENANT, id)).toMatchObject({ outcome: 'done', run: { state: 'cancelled' } });
    expect(await service.result(run, never)).toMatchObject({ state: 'cancelled' });
  });

  test('does not hold up a branch beside it', async () => {
    const gate = createGate();
    const both: WorkflowDefinition = {
      name: 'both',
      nodes: [
        { id: 'start', type: 'start' },
        ask(),
        say('beside'),
        { id: 'end', type: 'end', outputs: { text: '{{ beside.text }}', choice: '{{ ask.choice }}' } },
      ],
      edges: [
        { from: 'start', to: 'ask' },
        { from: 'start', to: 'beside' },
        { from: 'ask', to: 'end' },
        { from: 'beside', to: 'end' },
      ],
    };
    const { service, start, state, store, types } = setup(both, gate.models);
    await service.recover();
    const id = await start();
    await until(() => gate.asked().includes('beside') && types(id).includes('question_asked'));
    expect(state(id)).toBe('running');
    // The answer reaches the worker while it still works.
    await service.answer(TENANT, id, choice('q_2', 'b'));
    await until(() => types(id).includes('question_answered'));
    gate.let('beside');
    await until(() => state(id) === 'succeeded');
    expect(store.run(id)?.outputs).toEqual({ text: 'beside', choice: 'b' });
  });
});

describe('restart and cache', () => {
  const flaky = row({ id: 'start', type: 'start' }, say('one'), say('two'), {
    id: 'end',
    type: 'end',
    outputs: { text: '{{ one.text }} {{ two.text }}' },
  });
  const counting = (fail: () => boolean) => {
    const calls: string[] = [];
    const models: ModelProvider = {
      async *stream({ messages }) {
        const name = messages[0]?.content ?? '';
        calls.push(name);
        if (name === 'two' && fail()) throw new Error('no');
        yield { type: 'text', text: `${name}${calls.length}` };
        yield { type: 'finish', model: 'm', tokens: { prompt: 1, completion: 1 }, finishReason: 'stop' };
      },
    };
    return { calls, models };
  };

  test('a restart runs what failed, and keeps the outputs of the rest', async () => {
    let fails = true;
    const { calls, models } = counting(() => fails);
    const { service, start, state, store } = setup(flaky, models);
    await service.recover();
    const id = await start();
    await until(() => state(id) === 'failed');
    fails = false;
    const again = await service.restart(TENANT, id, { userId: 'u' });
    if (again.outcome !== 'done') throw new Error(again.outcome);
    await until(() => state(again.run.id) === 'succeeded');
    expect(calls).toEqual(['one', 'two', 'two']);
    expect(store.run(again.run.id)?.outputs).toEqual({ text: 'one1 two3' });
    const reused = store.events(again.run.id).filter(({ event }) => 'reused' in event && event.reused);
    expect(reused.map(({ event }) => 'nodeId' in event && event.nodeId)).toEqual(['start', 'one']);
  });

  test('a restart from a node runs it and what follows', async () => {
    const { calls, models } = counting(() => false);
    const { service, start, state } = setup(flaky, models);
    await service.recover();
    const id = await start();
    await until(() => state(id) === 'succeeded');
    const again = await service.restart(TENANT, id, { userId: 'u', from: 'one' });
    if (again.outcome !== 'done') throw new Error(again.outcome);
    await until(() => state(again.run.id) === 'succeeded');
    expect(calls).toEqual(['one', 'two', 'one', 'two']);
    expect(await service.restart(TENANT, id, { userId: 'u', from: 'nobody' })).toEqual({
      outcome: 'unknown_node',
    });
  });

  test('a cached result stands in for a run with the same inputs, as long as it is young enough', async () => {
    const { calls, models } = counting(() => false);
    const { service, start, state, store, clock } = setup(flaky, models);
    await service.recover();
    const id = await start({ a: 1, b: 2 });
    await until(() => state(id) === 'succeeded');
    const ask = async (inputs: object, cacheMaxAgeMs?: number) => {
      const started = await service.start({
        tenantId: TENANT,
        workflowId: 'wf_1',
        userId: 'u',
        inputs: { ...inputs },
        ...(cacheMaxAgeMs !== undefined && { cacheMaxAgeMs }),
      });
      if (!('run' in started)) throw new Error(started.outcome);
      await until(() => state(started.run.id) === 'succeeded');
      return store.run(started.run.id);
    };
    expect((await ask({ b: 2, a: 1 }, 1_000))?.outputs).toEqual({ text: 'one1 two2' });
    expect(calls.length).toBe(2);
    await ask({ a: 1, b: 3 }, 1_000);
    expect(calls.length).toBe(4);
    await clock.advance(2_000);
    await ask({ a: 1, b: 2 }, 1_000);
    expect(calls.length).toBe(6);
    await ask({ a: 1, b: 2 });
    expect(calls.length).toBe(8);
  });
});
