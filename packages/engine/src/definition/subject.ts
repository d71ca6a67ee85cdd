import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from './types.ts';
// Node types import this file, so it must not load them.
import type { PlacedGraph, PlacedNode } from './walk.ts';

export type FindingCode =
  | 'duplicate_node_id'
  | 'reserved_id'
  | 'missing_start'
  | 'multiple_starts'
  | 'missing_end'
  | 'unknown_node'
  | 'unknown_handle'
  | 'duplicate_edge'
  | 'edge_into_start'
  | 'edge_out_of_end'
  | 'missing_branch_edge'
  | 'cycle'
  | 'unreachable_node'
  | 'duplicate_case_id'
  | 'invalid_template'
  | 'invalid_reference'
  | 'unresolved_reference'
  | 'invalid_schema'
  | 'invalid_node'
  | 'misplaced_node'
  | 'unknown_variable'
  | 'unknown_tool'
  | 'secret_not_allowed'
  | 'too_deep';

/** One thing that is wrong with a definition. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  /** JSON pointer (RFC 6901) into the definition. */
  readonly pointer: string;
  readonly nodeId?: string;
}

/** A graph with look-ups; of nodes that share an id, the first. */
export interface SubjectGraph extends PlacedGraph {
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  readonly outgoing: ReadonlyMap<string, readonly WorkflowEdge[]>;
  readonly incoming: ReadonlyMap<string, readonly WorkflowEdge[]>;
}

/** A definition with look-ups; of nodes that share an id, the first. */
export interface Subject {
  readonly definition: WorkflowDefinition;
  /** Its own graph, and those inside nodes after the ones around them. */
  readonly graphs: readonly SubjectGraph[];
  readonly nodes: ReadonlyMap<string, PlacedNode>;
  /** The output fields of a node; undefined when any may exist. */
  fieldsOf(node: WorkflowNode): ReadonlySet<string> | undefined;
}

export function reach(from: readonly string[], next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  for (const id of reached) for (const neighbour of next(id)) reached.add(neighbour);
  return reached;
}

export const shorten = (text: string, limit: number): string =>
  text.length > limit ? `${text.slice(0, limit)}...` : text;

const MAX_NAMES = 10;
const MAX_NAME = 100;

/** Some names for a message, at most ten of at most 100 characters. */
export function listNames(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, MAX_NAMES).map((name) => shorten(name, MAX_NAME));
  const more = all.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
