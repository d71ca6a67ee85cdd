import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { JsonObject, NodeFinished, StoredEvent } from '../../events.ts';
import { createCodeSandbox } from '../../nodes/code/sandbox.ts';
import { createSeenValues } from '../../run/seen-values.ts';
import { createRunService } from '../../service/run-service.ts';
import {
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
  createServices,
} from '../../testing/index.ts';
import { type AstronNodeDescription, astronValuesOf, describeAstronFlow } from './describe.ts';
import { importAstron } from './import.ts';

const TEXT = readFileSync(new URL('./fixtures/greetings.yaml', import.meta.url), 'utf8');
const INPUTS = { people: [{ name: 'Ada' }, { name: 'Bob' }], mark: '!' };

const code = createCodeSandbox();
afterAll(() => code.close());

function definitionOf(text: string) {
  const imported = importAstron(text, { secrets: 'move' });
  if (!imported.ok) throw new Error(JSON.stringify(imported));
  return imported.definition;
}

function describeFlow(text: string) {
  const flow = describeAstronFlow(text);
  if (!flow) throw new Error('the text is no flow');
  return flow;
}

/** The log of a run of the flow. */
async function logOfRun(): Promise<readonly StoredEvent[]> {
  const wake = createMemoryWake();
  const store = createMemoryStore({ wake, clock: systemClock });
  const service = createRunService({
    ...store,
    queue: createMemoryQueue(),
    wake,
    services: createServices({ code, validateSchema: () => [] }),
    owner: 'boot_1',
    onError: (error) => {
      throw error;
    },
  });
  await service.recover();
  const definition = definitionOf(TEXT);
  const request = { tenantId: 't', userId: 'u', kind: 'trial', definition, inputs: INPUTS } as const;
  const started = await service.startOneOff(request);
  if (!('run' in started)) throw new Error(started.outcome);
  expect(await service.result(started.run, AbortSignal.timeout(10_000))).toMatchObject({
    state: 'succeeded',
  });
  return store.events(started.run.id);
}

test('a node tells what it became, where it is and what it is called', () => {
  const flow = describeFlow(TEXT);
  expect(flow.nodes.map(({ id, nodeIds }) => [id, ...nodeIds])).toEqual([
    ['node-start::1', 'start'],
    ['iteration::2', 'iteration_1'],
    ['iteration-node-start::3'],
    ['text-joiner::4', 'text_1'],
    ['iteration-node-end::5', 'iteration_1_values'],
    ['loop::6', 'loop_1'],
    ['loop-node-start::7'],
    ['text-joiner::8', 'text_2'],
    ['loop-node-end::9', 'loop_end_1_values', 'loop_end_1'],
    ['node-end::10', 'end_list_1', 'end_answer', 'end'],
  ]);
  expect(flow.nodeOf('text_1', 'iteration_1[1]')).toMatchObject({
    id: 'text-joiner::4',
    type: 'text-joiner',
    title: 'Greet',
    category: 'Tool',
  });
  expect(flow.nodeOf('iteration_1', undefined)?.id).toBe('iteration::2');
});

test('nodes of a subflow are not mistaken for those of the flow', () => {
  const flow = describeFlow(TEXT);
  expect(flow.nodeOf('start', 'subflow_1[0]')).toBeUndefined();
  expect(flow.nodeOf('text_1', undefined)).toBeUndefined();
  expect(flow.nodeOf('text_1', 'loop_1[0]')).toBeUndefined();
});

test('the values of every node of a run are told, those inside of iterations and loops too', async () => {
  const flow = describeFlow(TEXT);
  const seen = createSeenValues(definitionOf(TEXT));
  const told: [string, JsonObject, JsonObject][] = [];
  const isEnd = (node: AstronNodeDescription, { nodeId }: NodeFinished) => node.nodeIds.at(-1) === nodeId;
  for (const { event } of await logOfRun()) {
    seen.take(event);
    if (event.type !== 'node_finished') continue;
    const node = flow.nodeOf(event.nodeId, event.scope);
    if (!node || !isEnd(node, event)) continue;
    const facts = seen.at(event.scope);
    told.push([node.id, astronValuesOf(node.inputs, facts), astronValuesOf(node.outputs, facts)]);
  }
  const ended = { said: ['Hi Ada', 'Hi Bob'], names: ['Ada', 'Bob'], marks: '>!!!' };
  const greeting = (name: string) => ({ name, sign: '{{!}}', times: 2 });
  expect(told).toEqual([
    ['node-start::1', {}, INPUTS],
    ['text-joiner::4', greeting('Ada'), { output: 'Hi Ada' }],
    ['iteration-node-end::5', { said: 'Hi Ada' }, { said: 'Hi Ada' }],
    ['text-joiner::4', greeting('Bob'), { output: 'Hi Bob' }],
    ['iteration-node-end::5', { said: 'Hi Bob' }, { said: 'Hi Bob' }],
    ['iteration::2', { person: INPUTS.people }, { said: ['Hi Ada', 'Hi Bob'] }],
    ['text-joiner::8', { marks: '>', mark: '!' }, { output: '>!' }],
    ['loop-node-end::9', { marks: '>!' }, { marks: '>!' }],
    ['text-joiner::8', { marks: '>!', mark: '!' }, { output: '>!!' }],
    ['loop-node-end::9', { marks: '>!!' }, { marks: '>!!' }],
    ['text-joiner::8', { marks: '>!!', mark: '!' }, { output: '>!!!' }],
    ['loop-node-end::9', { marks: '>!!!' }, { marks: '>!!!' }],
    ['loop::6', {}, { marks: '>!!!' }],
    ['node-end::10', ended, ended],
  ]);
});

test('what has not run yet is left out', () => {
  const end = describeFlow(TEXT).nodeOf('end', undefined);
  const seen = createSeenValues(definitionOf(TEXT));
  expect(end && astronValuesOf(end.inputs, seen.at(undefined))).toEqual({});
});

test('a text that is no flow is not described', () => {
  expect(describeAstronFlow('{"name": "x"}')).toBeUndefined();
  expect(describeAstronFlow('{"nodes": [')).toBeUndefined();
});

test('a node that cannot be imported has no nodes here', () => {
  const plugin = { id: 'plugin::1', data: { outputs: [{ name: 'x', schema: { type: 'string' } }] } };
  const { nodes } = describeFlow(JSON.stringify({ nodes: [plugin], edges: [] }));
  expect(nodes).toMatchObject([{ id: 'plugin::1', nodeIds: [] }]);
});
