import { outputFields } from './outputs.ts';
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from './types.ts';

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
  | 'too_deep';

/** One thing that is wrong with a definition. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  /** JSON pointer (RFC 6901) into the definition. */
  readonly pointer: string;
  readonly nodeId?: string;
}

/** A definition with look-ups; of nodes that share an id, the first. */
export interface Subject {
  readonly definition: WorkflowDefinition;
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  readonly outgoing: ReadonlyMap<string, readonly WorkflowEdge[]>;
  readonly incoming: ReadonlyMap<string, readonly WorkflowEdge[]>;
  /** The output fields of a node; undefined when any may exist. */
  fieldsOf(node: WorkflowNode): ReadonlySet<string> | undefined;
}

export function createSubject(definition: WorkflowDefinition): Subject {
  const fields = new Map<WorkflowNode, ReadonlySet<string> | undefined>();
  return {
    definition,
    nodes: new Map([...definition.nodes].reverse().map((node) => [node.id, node])),
    outgoing: groupEdges(definition, 'from'),
    incoming: groupEdges(definition, 'to'),
    fieldsOf(node) {
      if (!fields.has(node)) {
        const names = outputFields(node, definition);
        fields.set(node, names && new Set(names));
      }
      return fields.get(node);
    },
  };
}

function groupEdges({ edges }: WorkflowDefinition, end: 'from' | 'to'): Map<string, WorkflowEdge[]> {
  const groups = new Map<string, WorkflowEdge[]>();
  for (const edge of edges) {
    const group = groups.get(edge[end]);
    if (group) group.push(edge);
    else groups.set(edge[end], [edge]);
  }
  return groups;
}

export function reach(from: readonly string[], next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  for (const id of reached) for (const neighbour of next(id)) reached.add(neighbour);
  return reached;
}

export const shorten = (text: string, limit: number): string =>
  text.length > limit ? `${text.slice(0, limit)}...` : text;
