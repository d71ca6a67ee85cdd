import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from '../definition/types.ts';
import { validateDefinition } from '../definition/validate.ts';
import type { RunEvent, StoredEvent } from '../events.ts';
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

/** Each node writes about what it was asked, so that texts tell nodes apart. */
const speak = createScriptedModel(
  ({ messages }) => `<${messages.map(({ content }) => content).join(' ')}> is said.`,
);

async function runToEnd(run: Run, events: readonly StoredEvent[], models: ModelProvider = speak) {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  store.seed({ ...run, lastSeq: events.length }, events);
  const deps = {
    log: store.log,
    services: createServices({ clock, models }),
    validateSchema: () => [],
    random: () => 0,
  };
  const ending = await executeRun({ ...run, lastSeq: events.length }, deps, new AbortController().signal);
  return { ending, events: store.events(run.id), record: store.run(run.id) };
}

const ofType = <T extends RunEvent['type']>(events: readonly StoredEvent[], type: T) =>
  events
    .map(({ event }) => event)
    .filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

/**
 * A random workflow: layers of nodes, each with edges from earlier layers, references to nodes before
 * it, and responders at the end. Conditions skip some of it.
 */
const workflows: fc.Arbitrary<WorkflowDefinition> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('llm', 'llm', 'template', 'condition', 'answer'),
      parents: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      handle: fc.constantFrom('yes', 'else'),
      holds: fc.boolean(),
    }),
    { minLength: 2, maxLength: 9 },
  )
  .map((plans) => {
    const nodes: WorkflowNode[] = [{ id: 'start', type: 'start' }];
    const edges: WorkflowEdge[] = [];
    const ancestors = new Map<string, Set<string>>([['start', new Set()]]);
    const connect = (parent: WorkflowNode, to: string, handle: string): void => {
      if (edges.some((edge) => edge.from === parent.id && edge.to === to)) return;
      edges.push({ from: parent.id, to, ...(parent.type === 'condition' && { on: handle }) });
      const known = ancestors.get(to) ?? new Set();
      for (const id of [parent.id, ...(ancestors.get(parent.id) ?? [])]) known.add(id);
      ancestors.set(to, known);
    };
    const said = (id: string): string =>
      nodes
        .filter(
          (node) => ancestors.get(id)?.has(node.id) && (node.type === 'llm' || node.type === 'template'),
        )
        .map((node) => `[{{ ${node.id}.${node.type === 'llm' ? 'text' : 'output'} }}]`)
        .join(' and ');
    plans.forEach(({ kind, parents, handle, holds }, index) => {
      const id = `n${index}`;
      for (const parent of parents) {
        const node = nodes[parent % nodes.length];
        if (node) connect(node, id, handle);
      }
      const text = said(id);
      if (kind === 'llm') nodes.push({ id, type: 'llm', messages: [{ role: 'user', content: id }] });
      if (kind === 'template')
        nodes.push({ id, type: 'template', template: `{{ t }}:${id}`, variables: { t: text } });
      if (kind === 'answer') nodes.push({ id, type: 'answer', template: `${id} says ${text}. ` });
      if (kind === 'condition') {
        const right = holds ? 'wf_1' : 'other';
        const conditions = [{ left: '{{ sys.workflow_id }}', operator: 'is' as const, right }];
        nodes.push({ id, type: 'condition', cases: [{ id: 'yes', conditions }] });
      }
    });
    for (const node of [...nodes]) {
      if (edges.some(({ from }) => from === node.id)) continue;
      connect(node, 'end', 'else');
    }
    nodes.push({ id: 'end', type: 'end', outputs: { said: said('end'), first: '{{ start.q }}' } });
    return { name: 'random', nodes, edges };
  });

describe('a run that is recovered from any point of its log', () => {
  test('ends as the uninterrupted run does', async () => {
    await fc.assert(
      fc.asyncProperty(workflows, fc.double({ min: 0, max: 0.999, noNaN: true }), async (definition, cut) => {
        expect(validateDefinition(definition)).toEqual([]);
        const run = createRun(definition, { q: 'why' });
        const whole = await runToEnd(run, []);
        expect(whole.ending).toBe('succeeded');
        const prefix = whole.events.slice(0, Math.floor(cut * whole.events.length));
        const recovered = await runToEnd(run, prefix);

        expect(recovered.ending).toBe('succeeded');
        expect(recovered.events.slice(0, prefix.length)).toEqual(prefix);
        expect(recovered.events.map(({ seq }) => seq)).toEqual(recovered.events.map((_, index) => index + 1));
        const finished = ofType(recovered.events, 'node_finished').map(({ nodeId }) => nodeId);
        expect(finished.sort()).toEqual(
          ofType(whole.events, 'node_finished')
            .map(({ nodeId }) => nodeId)
            .sort(),
        );
        expect(new Set(finished).size).toBe(finished.length);
        expect(ofType(recovered.events, 'run_finished')).toHaveLength(1);
        expect(recovered.events.at(-1)?.event.type).toBe('run_finished');
        expect(recovered.record?.tokens).toEqual(whole.record?.tokens);
        expect(recovered.record?.steps).toBe(whole.record?.steps);
        const percents = ofType(recovered.events, 'progress').map(({ percent }) => percent);
        expect(percents).toEqual([...new Set(percents)].sort((a, b) => a - b));

        // Turns follow the order of ending, which a recovery may change: answers are compared one by one.
        const { answer, ...outputs } = recovered.record?.outputs ?? {};
        const { answer: wholeAnswer, ...wholeOutputs } = whole.record?.outputs ?? {};
        expect(outputs).toEqual(wholeOutputs);
        expect(String(answer).length).toBe(String(wholeAnswer).length);
        const text = visibleText(recovered.events);
        expect(text).toEqual(new Map([...visibleText(whole.events)].filter(([id]) => text.has(id))));
        for (const { nodeId, outputs: own } of ofType(recovered.events, 'node_finished')) {
          if (own.answer !== undefined) expect(text.get(nodeId)).toBe(own.answer);
        }
        const answers = [...text].filter(([id]) => id !== 'end').map(([, told]) => told);
        if (answer !== undefined) expect(answers.join('')).toBe(answer);
      }),
      { numRuns: 300 },
    );
  });

  test('ends as the uninterrupted run does when it is interrupted again and again', async () => {
    await fc.assert(
      fc.asyncProperty(workflows, fc.array(fc.nat(6), { maxLength: 20 }), async (definition, steps) => {
        const run = createRun(definition, { q: 'why' });
        const whole = await runToEnd(run, []);
        let events: readonly StoredEvent[] = [];
        for (const step of steps) {
          const longer = await runToEnd(run, events);
          // A node that is interrupted three times is poison, which is another test.
          if (ofType(longer.events, 'run_failed').length > 0) break;
          events = longer.events.slice(0, Math.min(events.length + step, longer.events.length - 1));
        }
        const last = await runToEnd(run, events);
        if (last.ending === 'failed') {
          expect(last.record?.error?.code).toBe('poison_node');
          return;
        }
        const { answer: _, ...outputs } = last.record?.outputs ?? {};
        const { answer: __, ...wholeOutputs } = whole.record?.outputs ?? {};
        expect(outputs).toEqual(wholeOutputs);
        for (const [id, text] of visibleText(last.events))
          expect(text).toBe(visibleText(whole.events).get(id));
      }),
      { numRuns: 150 },
    );
  });

  test('a failed run that was cut anywhere fails with the same error', async () => {
    const models: ModelProvider = {
      async *stream(request, signal) {
        if (request.messages[0]?.content !== 'bad') return yield* speak.stream(request, signal);
        yield { type: 'text', text: 'half ' };
        await new Promise((resolve) => setImmediate(resolve));
        throw new ModelError('no', { code: 'model_refused', retryable: false });
      },
    };
    const definition: WorkflowDefinition = {
      name: 'failing',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'bad', type: 'llm', messages: [{ role: 'user', content: 'bad' }] },
        { id: 'slow', type: 'llm', messages: [{ role: 'user', content: 'a b c d e f g h i j' }] },
        { id: 'reply', type: 'answer', template: '{{ slow.text }}{{ bad.text }}' },
      ],
      edges: [
        { from: 'start', to: 'bad' },
        { from: 'start', to: 'slow' },
        { from: 'bad', to: 'reply' },
        { from: 'slow', to: 'reply' },
      ],
    };
    const run = createRun(definition);
    const whole = await runToEnd(run, [], models);
    for (let cut = 0; cut < whole.events.length; cut++) {
      const recovered = await runToEnd(run, whole.events.slice(0, cut), models);
      expect(recovered.record?.error).toEqual(whole.record?.error);
      expect(ofType(recovered.events, 'run_failed')).toHaveLength(1);
      expect(ofType(recovered.events, 'run_finished')).toHaveLength(1);
      const finished = ofType(recovered.events, 'node_finished').map(({ nodeId }) => nodeId);
      expect(finished.sort()).toEqual(['bad', 'slow', 'start']);
    }
  });

  test('an unfinished node that had streamed begins again after a discard of exactly its text', async () => {
    const definition: WorkflowDefinition = {
      name: 'one',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'say', type: 'llm', messages: [{ role: 'user', content: 'x' }] },
        { id: 'reply', type: 'answer', template: 'Well: {{ say.text }}' },
      ],
      edges: [
        { from: 'start', to: 'say' },
        { from: 'say', to: 'reply' },
      ],
    };
    const run = createRun(definition);
    const whole = await runToEnd(run, []);
    const firstText = whole.events.find(({ event }) => event.type === 'text_delta' && event.nodeId === 'say');
    const recovered = await runToEnd(run, whole.events.slice(0, firstText?.seq));
    const retries = ofType(recovered.events, 'node_retry');
    expect(retries).toMatchObject([
      { nodeId: 'say', attempt: 2, reason: 'recovered', discardFromSeq: firstText?.seq },
    ]);
    expect(visibleText(recovered.events)).toEqual(visibleText(whole.events));
  });

  test('a node that was interrupted three times fails the run', async () => {
    const definition: WorkflowDefinition = {
      name: 'poison',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'say', type: 'llm', messages: [{ role: 'user', content: 'x' }] },
        { id: 'end', type: 'end', outputs: {} },
      ],
      edges: [
        { from: 'start', to: 'say' },
        { from: 'say', to: 'end' },
      ],
    };
    const run = createRun(definition);
    let events: readonly StoredEvent[] = [];
    const endings: string[] = [];
    for (let crash = 0; crash < 4; crash++) {
      const clock = createManualClock();
      const store = createMemoryStore({ clock });
      store.seed({ ...run, lastSeq: events.length }, events);
      const stop = new AbortController();
      const models: ModelProvider = {
        async *stream(_request, signal) {
          setImmediate(() => setImmediate(() => stop.abort(new StopRun('release'))));
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          yield { type: 'text', text: '' };
        },
      };
      const deps = {
        log: store.log,
        services: createServices({ clock, models }),
        validateSchema: () => [],
        random: () => 0,
      };
      endings.push(await executeRun({ ...run, lastSeq: events.length }, deps, stop.signal));
      events = [...store.events(run.id)];
    }
    expect(endings).toEqual(['released', 'released', 'released', 'failed']);
    expect(ofType(events, 'run_failed')).toMatchObject([{ error: { code: 'poison_node', nodeId: 'say' } }]);
  });
});
