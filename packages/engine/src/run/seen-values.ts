import { createScope, interpolate, interpolateMap, type RunFacts } from '../definition/references.ts';
import type { LoopNode, WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import { walkNodes } from '../definition/walk.ts';
import type { JsonObject, JsonValue, RunEvent } from '../events.ts';
import { keyOf, type ScopePath } from './scope.ts';
import { changesIn } from './variables.ts';

/** What references saw at the places of a run, as far as its log tells: for those who look at it from outside. */
export interface SeenValues {
  /** Takes in an event; they come in the order of the log. */
  take(event: RunEvent): void;
  /**
   * The values of nodes and containers as a node of this scope sees them. Variables and the rest of what is no node
   * are not told. Undefined also for what is inside of a subflow, which has nodes of its own.
   */
  at(scope: ScopePath): RunFacts;
}

/** `outer[0].inner[2]`: the scope around, the container and its round. */
const LAST_ROUND = /^(?:(.*)\.)?([^.[\]]+)\[(\d+)\]$/;

export function createSeenValues(definition: WorkflowDefinition): SeenValues {
  const nodes = new Map<string, WorkflowNode>();
  for (const { node } of walkNodes(definition)) nodes.set(node.id, node);
  const outputs = new Map<string, JsonObject>();
  /** What assign nodes left of a loop's variables, by the loop and its round. */
  const changed = new Map<string, JsonObject>();

  function take(event: RunEvent): void {
    if (event.type !== 'node_finished') return;
    outputs.set(keyOf(event.nodeId, event.scope), event.outputs);
    for (const [owner, name, value] of changesIn(event))
      changed.set(owner, { ...changed.get(owner), [name]: value });
  }

  function valuesOf(name: string, scope: ScopePath): JsonObject | undefined {
    const own = outputs.get(keyOf(name, scope));
    const round = scope === undefined ? undefined : LAST_ROUND.exec(scope);
    if (own || !round) return own;
    const [, around, containerId = '', index = ''] = round;
    const container = nodes.get(containerId);
    if (container?.type === 'subflow') return undefined;
    if (containerId !== name) return valuesOf(name, around);
    if (container?.type === 'iteration') return itemOf(container.items, around, Number(index));
    return container?.type === 'loop' ? variablesOf(container, around, Number(index)) : undefined;
  }

  const scopeOf = (scope: ScopePath) => createScope(at(scope), 'what was seen');

  function itemOf(items: unknown, around: ScopePath, index: number): JsonObject {
    const list = interpolate(items, scopeOf(around));
    const item: JsonValue | undefined = Array.isArray(list) ? list[index] : undefined;
    return { item: item ?? null, index };
  }

  function variablesOf({ id, variables = {} }: LoopNode, around: ScopePath, index: number): JsonObject {
    const first = interpolateMap(variables, scopeOf(around));
    const rounds = Array.from({ length: index + 1 }, (_, round) =>
      changed.get(`${keyOf(id, around)}[${round}]`),
    );
    return Object.assign({}, first, ...rounds, { round: index + 1 });
  }

  const at = (scope: ScopePath): RunFacts => ({ valuesOf: (name) => valuesOf(name, scope) });
  return { take, at };
}
