import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { WorkflowDefinition } from '../definition/types.ts';
import type { ValidateSchema } from '../errors.ts';
import type { JsonObject, RunEvent } from '../events.ts';
import { ModelError, type ModelProvider, type Run } from '../ports.ts';
import {
  createManualClock,
  createMemoryStore,
  createRun,
  createScriptedModel,
  createServices,
  visibleText,
} from '../testing/index.ts';
import { executeRun, StopRun } from './execute.ts';

const noProblems: ValidateSchema = () => [];

function setup(
  definition: WorkflowDefinition,
  options: {
    inputs?: JsonObject;
    run?: Partial<Run>;
    models?: ModelProvider;
    validateSchema?: ValidateSchema;
  } = {},
) {
  const clock = createManualClock();
  const run = createRun(definition, options.inputs, options.run);
  const store = createMemoryStore({ clock });
  store.seed(run, []);
  const services = createServices({
    clock,
    validateSchema: options.validateSchema ?? noProblems,
    ...(options.models && { models: options.models }),
  });
  const stop = new AbortController();
  const deps = {
    log: store.log,
    services,
    random: () => 0.5,
  };
  return {
    clock,
    store,
    stop,
    execute: () => executeRun(run, deps, stop.signal),
    events: () => store.events(run.id).map(({ event }) => event),
    of: <T extends RunEvent['type']>(type: T) =>
      store
        .events(run.id)
        .flatMap(({ event }) => (event.type === type ? [event as Extract<RunEvent, { type: T }>] : [])),
    stored: () => store.events(run.id),
    record: () => store.run(run.id),
    until: async (condition: () => boolean) => {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const shout: WorkflowDefinition = {
  name: 'shout',
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'upper',
      type: 'template',
      template: '{{ text | upper }}!',
      variables: { text: '{{ start.text }}' },
    },
    { id: 'end', type: 'end', outputs: { text: '{{ upper.output }}', run: '{{ sys.run_id }}' } },
  ],
  edges: [
    { from: 'start', to: 'upper' },
    { from: 'upper', to: 'end' },
  ],
};

const chat = (template: string, more: Partial<WorkflowDefinition> = {}): WorkflowDefinition => ({
  name: 'chat',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'one', type: 'llm', messages: [{ role: 'user', content: 'one' }] },
    { id: 'two', type: 'llm', messages: [{ role: 'user', content: 'two' }] },
    { id: 'reply', type: 'answer', template },
  ],
  edges: [
    { from: 'start', to: 'one' },
    { from: 'start', to: 'two' },
    { from: 'one', to: 'reply' },
    { from: 'two', to: 'reply' },
  ],
  ...more,
});

test('a run tells its nodes in order, ends once, and records outputs', async () => {
  const { execute, events, record } = setup(shout, { inputs: { text: 'hi' } });
  expect(await execute()).toBe('succeeded');
  expect(events().map((event) => ('nodeId' in event ? `${event.type} ${event.nodeId}` : event.type))).toEqual(
    [
      'run_started',
      'node_started start',
      'node_finished start',
      'node_started upper',
      'node_finished upper',
      'node_started end',
      'node_finished end',
      'progress',
      'run_finished',
    ],
  );
  expect(record()).toMatchObject({
    state: 'succeeded',
    outputs: { text: 'HI!', run: 'run_1' },
    steps: 3,
    lastSeq: 9,
  });
});

test('nodes carry index, title and predecessor', async () => {
  const { execute, of } = setup(shout, { inputs: { text: 'hi' } });
  await execute();
  expect(
    of('node_started').map(({ index, predecessorId, attempt }) => [index, predecessorId, attempt]),
  ).toEqual([
    [1, undefined, 1],
    [2, 'start', 1],
    [3, 'upper', 1],
  ]);
});

test('a condition takes one branch; the other is skipped through to the join', async () => {
  const definition: WorkflowDefinition = {
    name: 'branches',
    nodes: [
      { id: 'start', type: 'start' },
      {
        id: 'if',
        type: 'condition',
        cases: [{ id: 'big', conditions: [{ left: '{{ start.n }}', operator: '>', right: 9 }] }],
      },
      { id: 'yes', type: 'template', template: 'big' },
      { id: 'no', type: 'template', template: 'small' },
      { id: 'after', type: 'template', template: 'after {{ t }}', variables: { t: '{{ no.output }}' } },
      { id: 'end', type: 'end', outputs: { yes: '{{ yes.output }}', no: '{{ after.output }}' } },
    ],
    edges: [
      { from: 'start', to: 'if' },
      { from: 'if', to: 'yes', on: 'big' },
      { from: 'if', to: 'no', on: 'else' },
      { from: 'no', to: 'after' },
      { from: 'yes', to: 'end' },
      { from: 'after', to: 'end' },
    ],
  };
  const big = setup(definition, { inputs: { n: '10' } });
  await big.execute();
  expect(big.record()?.outputs).toEqual({ yes: 'big', no: null });
  expect(big.of('node_started').map(({ nodeId }) => nodeId)).toEqual(['start', 'if', 'yes', 'end']);
  const small = setup(definition, { inputs: { n: 3 } });
  await small.execute();
  expect(small.record()?.outputs).toEqual({ yes: null, no: 'after small' });
});

describe('the answer stream', () => {
  const models = createScriptedModel(({ messages }) =>
    messages[0]?.content === 'one' ? 'first model speaks here' : 'second ends',
  );

  test('places parallel texts in the order of the template, and joins to the output', async () => {
    const { execute, stored, record, of } = setup(chat('A: {{ one.text }} B: {{ two.text }}.'), { models });
    expect(await execute()).toBe('succeeded');
    const text = 'A: first model speaks here B: second ends.';
    expect(visibleText(stored()).get('reply')).toBe(text);
    expect(record()?.outputs).toEqual({ answer: text });
    expect(of('text_delta').map(({ segment }) => segment)).toEqual(
      [...of('text_delta').map(({ segment }) => segment)].sort(),
    );
    expect(record()?.tokens).toEqual({ prompt: 2, completion: 6 });
  });

  test('text of the segment whose turn it is streams while the node still writes', async () => {
    const { execute, events } = setup(chat('{{ one.text }}|{{ two.text }}'), { models });
    await execute();
    const types = events().map((event) => ('nodeId' in event ? `${event.type} ${event.nodeId}` : event.type));
    expect(types.indexOf('text_delta one')).toBeLessThan(types.indexOf('node_finished one'));
    expect(types.indexOf('text_delta two')).toBeGreaterThan(types.indexOf('node_finished one'));
  });

  test('end nodes stream llm text they refer to, without literals, once', async () => {
    const definition = chat('x');
    definition.nodes[3] = {
      id: 'reply',
      type: 'end',
      outputs: { a: 'x {{ two.text }}', b: ['{{ one.text }}', '{{ two.text }}'] },
    };
    const { execute, stored } = setup(definition, { models });
    await execute();
    expect(visibleText(stored()).get('reply')).toBe('second endsfirst model speaks here');
  });

  test('end nodes stream nothing where an answer node responds', async () => {
    const definition = chat('{{ one.text }}');
    definition.nodes.push({ id: 'end', type: 'end', outputs: { a: '{{ one.text }}' } });
    definition.edges.push({ from: 'reply', to: 'end' });
    const { execute, stored, record } = setup(definition, { models });
    await execute();
    expect([...visibleText(stored()).keys()]).toEqual(['reply']);
    expect(record()?.outputs).toMatchObject({ a: 'first model speaks here' });
  });

  test('a branch that is not certain streams nothing before it is', async () => {
    const definition = chat('{{ one.text }}');
    const one = definition.nodes[1];
    if (one?.type === 'llm') one.on_error = 'branch';
    definition.edges = [
      { from: 'start', to: 'one' },
      { from: 'start', to: 'two' },
      { from: 'one', to: 'reply' },
      { from: 'one', to: 'two', on: 'error' },
    ];
    const { execute, events, record } = setup(definition, { models });
    await execute();
    const types = events().map((event) => ('nodeId' in event ? `${event.type} ${event.nodeId}` : event.type));
    expect(types.indexOf('text_delta one')).toBeGreaterThan(types.indexOf('node_finished one'));
    expect(record()?.outputs).toEqual({ answer: 'first model speaks here' });
  });
});

describe('failures', () => {
  const failing = (failures: number, error: () => Error): ModelProvider => {
    let left = failures;
    const inner = createScriptedModel(() => 'all is well');
    return {
      async *stream(request, signal) {
        if (left-- > 0) {
          yield { type: 'text', text: 'half a ' };
          await new Promise((resolve) => setImmediate(resolve));
          throw error();
        }
        yield* inner.stream(request, signal);
      },
    };
  };
  const overloaded = () =>
    new ModelError('overloaded', { code: 'model_unavailable', retryable: true, retryAfterMs: 700 });
  const single: WorkflowDefinition = {
    name: 'single',
    nodes: [
      { id: 'start', type: 'start' },
      {
        id: 'say',
        type: 'llm',
        messages: [{ role: 'user', content: 'x' }],
        retry: { max_attempts: 3, backoff_ms: 100 },
      },
      { id: 'reply', type: 'answer', template: '> {{ say.text }}' },
    ],
    edges: [
      { from: 'start', to: 'say' },
      { from: 'say', to: 'reply' },
    ],
  };

  test('a retry waits, discards the text that was told, and tells it anew', async () => {
    const { execute, of, stored, clock, until } = setup(single, { models: failing(2, overloaded) });
    const running = execute();
    await until(() => of('node_retry').length === 1);
    await clock.advance(699);
    expect(of('node_started').filter(({ nodeId }) => nodeId === 'say')).toHaveLength(1);
    await clock.advance(1);
    await until(() => of('node_retry').length === 2);
    await clock.advance(700);
    expect(await running).toBe('succeeded');
    const [retry] = of('node_retry');
    expect(retry).toMatchObject({
      attempt: 2,
      reason: 'error',
      delayMs: 700,
      error: { code: 'model_unavailable' },
    });
    const discarded = stored().find(({ seq }) => seq === retry?.discardFromSeq);
    expect(discarded?.event).toMatchObject({ type: 'text_delta', nodeId: 'say' });
    expect(visibleText(stored()).get('reply')).toBe('> all is well');
    expect(of('node_finished').find(({ nodeId }) => nodeId === 'say')).toMatchObject({ attempts: 3 });
  });

  test('what is not retryable fails at once, names the node and cancels what runs beside it', async () => {
    const definition = chat('{{ one.text }}{{ two.text }}');
    const models: ModelProvider = {
      async *stream(request, signal) {
        if (request.messages[0]?.content === 'two')
          throw new ModelError('bad key', { code: 'model_auth', retryable: false });
        yield { type: 'text', text: 'never ends' };
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    const { execute, events, record } = setup(definition, { models });
    expect(await execute()).toBe('failed');
    const error = { code: 'model_auth', message: 'bad key', nodeId: 'two' };
    expect(events().slice(-4)).toMatchObject([
      { type: 'node_finished', nodeId: 'two', status: 'failed', error },
      { type: 'node_finished', nodeId: 'one', status: 'cancelled' },
      { type: 'run_failed', error },
      { type: 'run_finished', status: 'failed', error },
    ]);
    expect(record()).toMatchObject({ state: 'failed', error });
  });

  test('on_error: branch goes on along the error edge with the error as outputs', async () => {
    const definition: WorkflowDefinition = {
      name: 'rescue',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'try', type: 'template', template: '{{ 1 / none }}', on_error: 'branch' },
        { id: 'fine', type: 'end', outputs: { fine: true } },
        { id: 'rescue', type: 'end', outputs: { code: '{{ try.error_code }}' } },
      ],
      edges: [
        { from: 'start', to: 'try' },
        { from: 'try', to: 'fine' },
        { from: 'try', to: 'rescue', on: 'error' },
      ],
    };
    const { execute, record } = setup(definition);
    expect(await execute()).toBe('succeeded');
    expect(record()?.outputs).toEqual({ code: 'template_failed' });
  });

  test('a node time-out fails a model that ignores its signal', async () => {
    const definition = structuredClone(single);
    const say = definition.nodes[1];
    if (say?.type === 'llm') {
      say.timeout_ms = 50;
      delete say.retry;
    }
    const deaf: ModelProvider = {
      stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
    };
    const { execute, clock, until, record, of } = setup(definition, { models: deaf });
    const running = execute();
    await until(() => of('node_started').length === 2);
    await clock.advance(50);
    expect(await running).toBe('failed');
    expect(record()?.error).toMatchObject({ code: 'node_timed_out', nodeId: 'say' });
  });

  test('a run time-out is told as run_failed and ends as timed_out', async () => {
    const deaf: ModelProvider = {
      stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
    };
    const { execute, clock, until, events, of } = setup(single, { models: deaf, run: { timeoutMs: 1_000 } });
    const running = execute();
    await until(() => of('node_started').length === 2);
    await clock.advance(1_000);
    expect(await running).toBe('timed_out');
    expect(events().slice(-2)).toMatchObject([
      { type: 'run_failed', error: { code: 'run_timed_out' } },
      { type: 'run_finished', status: 'timed_out' },
    ]);
  });

  test('outputs that nest too deep fail their node', async () => {
    const definition: WorkflowDefinition = {
      name: 'deep',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'end', type: 'end', outputs: { a: '{{ start.a }}' } },
      ],
      edges: [{ from: 'start', to: 'end' }],
    };
    const a = JSON.parse(`${'['.repeat(199)}${']'.repeat(199)}`);
    expect(await setup(definition, { inputs: { a } }).execute()).toBe('succeeded');
    const { execute, record } = setup(definition, { inputs: { a: [a] } });
    expect(await execute()).toBe('failed');
    expect(record()?.error).toMatchObject({ code: 'output_too_deep', nodeId: 'start' });
  });

  test('outputs that break the schema fail the run', async () => {
    const { execute, record } = setup(
      { ...shout, outputs: { type: 'object', required: ['x'] } },
      {
        inputs: { text: 'a' },
        validateSchema: () => [{ pointer: '/x', code: 'required', message: 'is missing' }],
      },
    );
    expect(await execute()).toBe('failed');
    expect(record()?.error).toMatchObject({
      code: 'invalid_outputs',
      message: expect.stringContaining('/x is missing'),
    });
  });

  test('a definition with a cycle fails the run rather than the process', async () => {
    const { execute, record } = setup({ ...shout, edges: [...shout.edges, { from: 'end', to: 'upper' }] });
    expect(await execute()).toBe('failed');
    expect(record()?.error).toMatchObject({ code: 'invalid_definition' });
  });
});

describe('stopping', () => {
  const models: ModelProvider = {
    async *stream(_request, signal) {
      yield { type: 'text', text: 'begun ' };
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };

  test('cancel ends running nodes and the run as cancelled', async () => {
    const { execute, stop, until, of, events } = setup(chat('{{ one.text }}'), { models });
    const running = execute();
    await until(() => of('text_delta').length > 0);
    stop.abort(new StopRun('cancel'));
    expect(await running).toBe('cancelled');
    expect(events().slice(-3)).toMatchObject([
      { type: 'node_finished', nodeId: 'one', status: 'cancelled' },
      { type: 'node_finished', nodeId: 'two', status: 'cancelled' },
      { type: 'run_finished', status: 'cancelled' },
    ]);
  });

  test('release commits what was told and does not end the run', async () => {
    const { execute, stop, until, of, record } = setup(chat('{{ one.text }}'), { models });
    const running = execute();
    await until(() => of('text_delta').length > 0);
    stop.abort(new StopRun('release'));
    expect(await running).toBe('released');
    expect(of('run_finished')).toEqual([]);
    expect(record()?.state).toBe('running');
  });

  test('a run that is claimed again elsewhere stops silently', async () => {
    const { execute, store, record, events } = setup(shout, { inputs: { text: 'x' } });
    const before = record();
    if (before) store.seed({ ...before, epoch: 2 }, []);
    expect(await execute()).toBe('fenced');
    expect(events()).toEqual([]);
  });

  test('a store that fails rejects loudly and nothing more is written', async () => {
    const clock = createManualClock();
    let appends = 0;
    const store = createMemoryStore({
      clock,
      beforeAppend: async () => {
        if (++appends > 1) throw new Error('disk full');
      },
    });
    const run = createRun(chat('{{ one.text }}'));
    store.seed(run, []);
    const deps = {
      log: store.log,
      services: createServices({ clock, models: createScriptedModel(() => 'a b c d e') }),
      validateSchema: noProblems,
      random: () => 0,
    };
    await expect(executeRun(run, deps, new AbortController().signal)).rejects.toThrow('disk full');
    const written = store.events(run.id).length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(appends).toBe(2);
    expect(store.events(run.id)).toHaveLength(written);
  });
});

test('progress never falls, is 100 only at the end, and is not told more than once per commit', async () => {
  const { execute, of, events } = setup(chat('{{ one.text }}{{ two.text }}'), {
    models: createScriptedModel(() => 'a b c'),
  });
  await execute();
  const percents = of('progress').map(({ percent }) => percent);
  expect(percents).toEqual([...new Set(percents)].sort((a, b) => a - b));
  expect(percents.at(-1)).toBe(100);
  expect(percents.filter((percent) => percent === 100)).toHaveLength(1);
  expect(events().at(-2)?.type).toBe('progress');
});

describe('what a run may ask for is bounded', () => {
  const large = 'x'.repeat(900_000);
  const ask = (count: number): WorkflowDefinition => {
    const definition = chat('done');
    const content = '{{ start.x }}'.repeat(count);
    const nodes = definition.nodes.map((node) =>
      node.id === 'one' && node.type === 'llm'
        ? { ...node, messages: [{ role: 'user' as const, content }] }
        : node,
    );
    return { ...definition, nodes };
  };

  test('a prompt that refers to a large value again and again fails its node', async () => {
    const models = createScriptedModel(() => 'a');
    const { execute, record } = setup(ask(500), { inputs: { x: large }, models });
    expect(await execute()).toBe('failed');
    expect(record()?.error).toMatchObject({ code: 'output_too_large', nodeId: 'one' });
    const few = setup(ask(4), { inputs: { x: large }, models });
    expect(await few.execute()).toBe('succeeded');
  });

  test('outputs that refer to a large value again and again fail their node', async () => {
    const outputs = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`o${i}`, '{{ start.x }}']));
    const definition: WorkflowDefinition = {
      name: 'large',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'end', type: 'end', outputs },
      ],
      edges: [{ from: 'start', to: 'end' }],
    };
    const { execute, record } = setup(definition, { inputs: { x: large } });
    expect(await execute()).toBe('failed');
    expect(record()?.error).toMatchObject({ code: 'output_too_large', nodeId: 'end' });
  });

  test('an answer that would be too large is not told either', async () => {
    const { execute, record, of } = setup(chat('{{ start.x }}'.repeat(500)), {
      inputs: { x: large },
      models: createScriptedModel(() => 'a'),
    });
    expect(await execute()).toBe('failed');
    expect(record()?.error).toMatchObject({ code: 'output_too_large', nodeId: 'reply' });
    expect(of('text_delta').length).toBeLessThanOrEqual(4);
  });

  test('the outputs of all end nodes together are limited', async () => {
    const ends = Array.from({ length: 12 }, (_, i) => `end${i}`);
    const definition: WorkflowDefinition = {
      name: 'large',
      nodes: [
        { id: 'start', type: 'start' },
        ...ends.map((id) => ({ id, type: 'end' as const, outputs: { [id]: '{{ start.x }}' } })),
      ],
      edges: ends.map((to) => ({ from: 'start', to })),
    };
    const { execute, record } = setup(definition, { inputs: { x: large } });
    expect(await execute()).toBe('failed');
    expect(record()?.error?.code).toBe('outputs_too_large');
    expect(record()?.outputs).toEqual({});
  });

  const spin = '{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}';
  const spinning = (count: number, edges: WorkflowDefinition['edges']): WorkflowDefinition => ({
    name: 'spin',
    nodes: [
      { id: 'start', type: 'start' },
      ...Array.from({ length: count }, (_, i) => ({
        id: `n${i}`,
        type: 'template' as const,
        template: spin,
        timeout_ms: 30,
        on_error: 'branch' as const,
      })),
      { id: 'end', type: 'end', outputs: {} },
    ],
    edges,
  });

  test.each([
    [
      'side by side',
      spinning(
        30,
        Array.from({ length: 30 }, (_, i) => [
          { from: 'start', to: `n${i}` },
          { from: `n${i}`, to: 'end', on: 'error' },
        ]).flat(),
      ),
    ],
    [
      'one after the other',
      spinning(30, [
        { from: 'start', to: 'n0' },
        ...Array.from({ length: 30 }, (_, i) => ({
          from: `n${i}`,
          to: i === 29 ? 'end' : `n${i + 1}`,
          on: 'error',
        })),
      ]),
    ],
  ])(
    'nodes that never wait, %s, leave others their turn and obey the time-out',
    async (_name, definition) => {
      const run = createRun(definition, {}, { timeoutMs: 200, startedAt: systemClock.now() });
      const store = createMemoryStore({ clock: systemClock });
      store.seed(run, []);
      const deps = {
        log: store.log,
        services: createServices(),
        validateSchema: noProblems,
        random: () => 0,
      };
      let turns = 0;
      const count = (): void => {
        turns++;
        timer = setTimeout(count, 1);
      };
      let timer = setTimeout(count, 1);
      expect(await executeRun(run, deps, new AbortController().signal)).toBe('timed_out');
      clearTimeout(timer);
      // 200 ms hold at most seven attempts of 30 ms and more; others had a turn between them, but for the first and last.
      const spun = store
        .events(run.id)
        .filter(({ event }) => event.type === 'node_finished' && event.status === 'failed');
      expect(spun.length).toBeLessThanOrEqual(7);
      expect(turns).toBeGreaterThanOrEqual(spun.length - 2);
    },
  );
});

test('a cancel that comes when all nodes have ended, before the end is handed over, is obeyed', async () => {
  const { execute, stop, record, events } = setup(
    { ...shout, outputs: { type: 'object' } },
    {
      inputs: { text: 'x' },
      validateSchema: () => {
        stop.abort(new StopRun('cancel'));
        return [];
      },
    },
  );
  expect(await execute()).toBe('cancelled');
  expect(record()).toMatchObject({ state: 'cancelled', outputs: {} });
  expect(events().at(-1)).toMatchObject({ type: 'run_finished', status: 'cancelled' });
});

test.each([
  [11, undefined, 'failed'],
  [10, undefined, 'succeeded'],
  [20, 20, 'succeeded'],
  [21, 20, 'failed'],
])(
  'a run at its claim %d, with %s crashes of a node allowed, has %s',
  async (epoch, maxNodeCrashes, ending) => {
    const clock = createManualClock();
    const run = createRun(shout, { text: 'x' }, { epoch });
    const store = createMemoryStore({ clock });
    store.seed(run, []);
    const deps = {
      log: store.log,
      services: createServices({ clock }),
      validateSchema: noProblems,
      random: () => 0,
      ...(maxNodeCrashes !== undefined && { maxNodeCrashes }),
    };
    expect(await executeRun(run, deps, new AbortController().signal)).toBe(ending);
    if (ending === 'failed') {
      const message = `the run was taken up ${epoch - 1} times without coming to its end`;
      expect(store.run(run.id)?.error).toEqual({ code: 'poison_run', message });
    }
  },
);
