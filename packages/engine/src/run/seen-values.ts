import { createScope, interpolate, interpolateMap, type RunFacts } from '../definition/references.ts';
import type { IterationNode, LoopNode, WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
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

const listOf = (value: JsonValue): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** Values inside of containers are let go once nothing can refer to them. */
export function createSeenValues(definition: WorkflowDefinition): SeenValues {
  const nodes = new Map<string, WorkflowNode>();
  for (const { node } of walkNodes(definition)) nodes.set(node.id, node);
  /** By scope, then by node. */
  const outputs = new Map<ScopePath, Map<string, JsonObject>>();
  /** What iterations go through, by their place: to evaluate it for each item would cost the square of its length. */
  const lists = new Map<string, readonly JsonValue[]>();
  /** What assign nodes left of a loop's variables, by the loop and its round. */
  const changed = new Map<string, JsonObject>();

  function take(event: RunEvent): void {
    if (event.type !== 'node_finished') return;
    const { nodeId, scope } = event;
    enter(scope).set(nodeId, event.outputs);
    for (const [owner, name, value] of changesIn(event))
      changed.set(owner, { ...changed.get(owner), [name]: value });
    forgetRounds(keyOf(nodeId, scope));
  }

  /** The outputs at a scope. Of a container that runs one round after the other, those before it are over. */
  function enter(scope: ScopePath): Map<string, JsonObject> {
    const known = outputs.get(scope);
    if (known) return known;
    const [, around, containerId = '', index] = LAST_ROUND.exec(scope ?? '') ?? [];
    if (scope !== undefined) enter(around);
    const container = nodes.get(containerId);
    const isInTurn = container?.type === 'iteration' ? (container.parallel ?? 1) === 1 : true;
    if (index !== undefined && isInTurn) forgetRounds(keyOf(containerId, around), Number(index));
    const own = new Map<string, JsonObject>();
    outputs.set(scope, own);
    return own;
  }

  /** Forgets what is inside of a container; `before` a round, only what is inside of earlier ones. */
  function forgetRounds(container: string, before = Number.POSITIVE_INFINITY): void {
    const prefix = `${container}[`;
    const isOver = (place: ScopePath): boolean =>
      place?.startsWith(prefix) === true && Number.parseInt(place.slice(prefix.length), 10) < before;
    for (const scope of outputs.keys()) if (isOver(scope)) outputs.delete(scope);
    for (const place of lists.keys())
      if (isOver(place) || (place === container && before === Number.POSITIVE_INFINITY)) lists.delete(place);
  }

  function valuesOf(name: string, scope: ScopePath): JsonObject | undefined {
    const own = outputs.get(scope)?.get(name);
    const round = scope === undefined ? undefined : LAST_ROUND.exec(scope);
    if (own || !round) return own;
    const [, around, containerId = '', index = ''] = round;
    const container = nodes.get(containerId);
    if (container?.type === 'subflow') return undefined;
    if (containerId !== name) return valuesOf(name, around);
    if (container?.type === 'iteration') return itemOf(container, around, Number(index));
    return container?.type === 'loop' ? variablesOf(container, around, Number(index)) : undefined;
  }

  const scopeOf = (scope: ScopePath) => createScope(at(scope), 'what was seen');

  function itemOf({ id, items }: IterationNode, around: ScopePath, index: number): JsonObject {
    const place = keyOf(id, around);
    const list = lists.get(place) ?? listOf(interpolate(items, scopeOf(around)));
    lists.set(place, list);
    return { item: list[index] ?? null, index };
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
