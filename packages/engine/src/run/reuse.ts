import { compileGraph, type Graph } from '../definition/graph.ts';
import type { NodeFinished } from '../events.ts';
import type { EventLog, Run } from '../ports.ts';
import { NO_TOKENS } from './node-events.ts';

/**
 * The ends of nodes that a new run takes over from the run that it reuses: of the nodes at the top that came to an
 * end with which the run could go on, but for those excepted and what follows them, with what was inside them.
 */
export async function readReused(
  log: EventLog,
  { reuse, definition }: Run,
): Promise<readonly NodeFinished[]> {
  if (!reuse) return [];
  const graph = compileGraph(definition);
  const again = withFollowers(graph, reuse.except);
  const stored = await log.readTypes(reuse.runId, ['node_finished']);
  const finished = stored.flatMap(({ event }) => (event.type === 'node_finished' ? [event] : []));
  const kept = new Set(
    finished
      .filter(
        ({ scope, status, handle }) =>
          scope === undefined && (status === 'succeeded' || handle !== undefined),
      )
      .map(({ nodeId }) => nodeId)
      .filter((nodeId) => graph.get(nodeId) && !again.has(nodeId)),
  );
  return finished
    .filter(({ nodeId, scope }) => kept.has(scope === undefined ? nodeId : topOf(scope)))
    .map((event) => ({ ...event, tokens: NO_TOKENS, reused: true }));
}

/** The container at the top that a scope is inside of. */
const topOf = (scope: string): string => scope.slice(0, scope.indexOf('['));

function withFollowers(graph: Graph, nodeIds: readonly string[]): ReadonlySet<string> {
  const all = new Set(nodeIds);
  for (const nodeId of all) for (const { to } of graph.get(nodeId)?.outgoing ?? []) all.add(to.node.id);
  return all;
}
