import type {
  JsonObject,
  NodeFinished,
  NodeStarted,
  StoredEvent,
  WorkflowDefinition,
  WorkflowNode,
} from '@flowwire/engine';

/** A node, as an event names it. */
interface Place {
  readonly nodeId: string;
  readonly scope?: string;
}

/** The agents of a workflow: its nodes at the top other than `start` and `end`. */
export interface Agents {
  readonly count: number;
  /** Whether an event is one of an agent's begin or end. */
  has(place: Place): boolean;
  /** An agent's title, with its id where others have the same; of a node inside another one its scope and id. */
  nameOf(place: Place): string;
  /** The kind of an agent's work, else the type of its node. */
  typeOf(event: NodeStarted | NodeFinished): string;
}

/** Keeps names and kinds only, not the definition: a reader may be idle for long. */
export function agentsOf({ nodes }: WorkflowDefinition): Agents {
  const ids = new Set(nodes.filter(isAgent).map(({ id }) => id));
  const roles = new Map(nodes.map((node) => [node.id, node.type === 'agent' ? node.role : undefined]));
  const names = namesOf(nodes);
  return {
    count: ids.size,
    has: ({ nodeId, scope }) => scope === undefined && ids.has(nodeId),
    nameOf: ({ nodeId, scope }) =>
      scope === undefined ? (names.get(nodeId) ?? nodeId) : `${scope}/${nodeId}`,
    typeOf: ({ nodeId, nodeType }) => roles.get(nodeId) ?? nodeType,
  };
}

const isAgent = ({ type }: WorkflowNode): boolean => type !== 'start' && type !== 'end';

function namesOf(nodes: readonly WorkflowNode[]): ReadonlyMap<string, string> {
  const titles = nodes.map(({ id, title = id }) => title);
  return new Map(
    nodes.map(({ id, title = id }) => {
      const isUnique = titles.indexOf(title) === titles.lastIndexOf(title);
      return [id, isUnique ? title : `${title} (${id})`];
    }),
  );
}

/** What an agent has come to: of a node of another type all of its outputs. */
export function outputOf({ nodeType, outputs }: NodeFinished): JsonObject {
  if (nodeType !== 'agent') return outputs;
  const { json, text = '' } = outputs;
  return isJsonObject(json) ? json : { text };
}

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Numbers a run's agents in the order in which they begin. */
export interface Steps {
  /** To be told of every event of the run that is a node's begin or end, in order. */
  note(stored: StoredEvent): void;
  /** The agent's number, from 1. */
  of(nodeId: string): number;
}

export function createSteps(agents: Agents): Steps {
  const steps = new Map<string, number>();
  const of: Steps['of'] = (nodeId) => {
    const step = steps.get(nodeId) ?? steps.size + 1;
    steps.set(nodeId, step);
    return step;
  };
  return {
    of,
    note({ event }) {
      // A node that was reused from an earlier run has an end only.
      const isNode = event.type === 'node_started' || event.type === 'node_finished';
      if (isNode && agents.has(event)) of(event.nodeId);
    },
  };
}
