import { compileGraph, type Graph, type GraphEdge } from '../../definition/graph.ts';
import type { WorkflowBody, WorkflowNode } from '../../definition/types.ts';
import type { NodeFinished, RunEvent, StoredEvent, TextDelta } from '../../events.ts';
import { keyOf, type ScopePath } from '../../run/scope.ts';
import type { Scenario } from './workflows.ts';

type Place = { readonly nodeId: string; readonly scope?: string };

/** What a log breaks of what every log keeps, whatever happened to its run. Empty is good. */
export function faultsOf(stored: readonly StoredEvent[], scenario: Scenario): readonly string[] {
  return [...denseness(stored), ...orderOfRun(stored), ...orderOfNodes(stored, scenario), ...rests(stored)];
}

function* denseness(stored: readonly StoredEvent[]): Generator<string> {
  for (const [index, { seq }] of stored.entries())
    if (seq !== index + 1) yield `seq ${seq} is at place ${index + 1}`;
}

function* orderOfRun(stored: readonly StoredEvent[]): Generator<string> {
  let percent = 0;
  const answered = new Set<string>();
  for (const [index, { event }] of stored.entries()) {
    if ((event.type === 'run_started') !== (index === 0)) yield `${event.type} is at place ${index + 1}`;
    if (event.type === 'run_finished' && index < stored.length - 1)
      yield 'run_finished is not the last event';
    if (event.type === 'progress') {
      if (event.percent <= percent) yield `progress falls from ${percent} to ${event.percent}`;
      percent = event.percent;
      if (percent === 100 && stored[index + 1]?.event.type !== 'run_finished') yield '100 % before the end';
    }
    if (event.type === 'question_answered') {
      if (answered.has(event.questionId)) yield `${event.questionId} is answered twice`;
      answered.add(event.questionId);
    }
  }
}

/** While a run rests, nothing of its nodes is told, but for their cancelling by its end. */
function* rests(stored: readonly StoredEvent[]): Generator<string> {
  let isPaused = false;
  for (const { event } of stored) {
    if (event.type === 'run_paused') {
      if (isPaused) yield 'run_paused twice';
      isPaused = true;
    } else if (event.type === 'run_resumed') {
      if (!isPaused) yield 'run_resumed without run_paused';
      isPaused = false;
    } else if (isPaused && !isOfEnd(event)) yield `${event.type} while the run is paused`;
  }
}

const isOfEnd = (event: RunEvent): boolean =>
  event.type === 'run_failed' ||
  event.type === 'run_finished' ||
  (event.type === 'node_finished' && event.status === 'cancelled');

function* orderOfNodes(stored: readonly StoredEvent[], scenario: Scenario): Generator<string> {
  const graphs = graphsOf(scenario);
  const finished = new Map<string, NodeFinished>();
  const started = new Set<string>();
  for (const { event } of stored) {
    if (!('nodeId' in event) || event.type === 'text_delta') continue;
    const key = keyOf(event.nodeId, event.scope);
    if (finished.has(key)) yield `${event.type} of ${key}, which has finished`;
    if (event.type === 'node_started') {
      if (!started.has(key) && !isReady(event, graphs, finished)) yield `${key} starts too early`;
      started.add(key);
    } else if (!started.has(key) && !('reused' in event))
      yield `${event.type} of ${key}, which has not started`;
    if (event.type === 'node_finished') finished.set(key, event);
  }
  if (stored.at(-1)?.event.type !== 'run_finished') return;
  for (const key of started) if (!finished.has(key)) yield `${key} started and never finished`;
}

/** Every edge into it is decided, and one of them was taken. */
function isReady(
  { nodeId, scope }: Place,
  graphs: ReadonlyMap<string, Graph>,
  finished: ReadonlyMap<string, NodeFinished>,
) {
  const incoming = graphs.get(nodeId)?.get(nodeId)?.incoming ?? [];
  if (incoming.length === 0) return true;
  const states = incoming.map((edge) => stateOf(edge, scope, finished));
  return states.includes('taken') && !states.includes('open');
}

function stateOf(
  { from, on }: GraphEdge,
  scope: ScopePath,
  finished: ReadonlyMap<string, NodeFinished>,
): 'open' | 'taken' | 'skipped' {
  const end = finished.get(keyOf(from.node.id, scope));
  if (end) return (on === undefined ? end.status === 'succeeded' : on === end.handle) ? 'taken' : 'skipped';
  const before = from.incoming.map((edge) => stateOf(edge, scope, finished));
  return before.length > 0 && before.every((state) => state === 'skipped') ? 'skipped' : 'open';
}

/** The graph of each node; ids are unique over the definition and its subflows. */
function graphsOf({ definition, subflows }: Scenario): ReadonlyMap<string, Graph> {
  const graphs = new Map<string, Graph>();
  const add = (body: WorkflowBody): void => {
    const graph = compileGraph(body);
    for (const node of body.nodes) {
      graphs.set(node.id, graph);
      if ('body' in node && isContainer(node)) add(node.body);
    }
  };
  for (const body of [definition, ...subflows.values()]) add(body);
  return graphs;
}

const isContainer = (node: WorkflowNode): node is Extract<WorkflowNode, { type: 'iteration' | 'loop' }> =>
  node.type === 'iteration' || node.type === 'loop';

/** The whole text that a reader of the log has in the end, discards obeyed. */
export function textOf(stored: readonly StoredEvent[]): string {
  let deltas: (TextDelta & { readonly seq: number })[] = [];
  for (const { seq, event } of stored) {
    if (event.type === 'text_delta') deltas.push({ seq, ...event });
    if (event.type !== 'node_retry') continue;
    const { nodeId, scope, discardFromSeq } = event;
    deltas = deltas.filter(
      (delta) => delta.nodeId !== nodeId || delta.scope !== scope || delta.seq < discardFromSeq,
    );
  }
  return deltas.map(({ text }) => text).join('');
}
