import type { NodeFinished, RunError } from '@flowwire/engine';
import type { ErrorName } from '../errors.ts';
import type { FlowView, ViewedNode } from './flow-view.ts';
import { errorNameOf } from './run-errors.ts';

/** What a failure of a run is called here, and the flow's node at fault where it was one. */
export interface Explanation {
  readonly name: ErrorName;
  readonly nodeId?: string;
}

/**
 * Which of the flow's own nodes are at fault. A run's error names the innermost node; where that is another flow's, the
 * node that runs the other flow stands for it, as their ids may be the same.
 */
export interface Faults {
  take(event: NodeFinished): void;
  /** Why the run fails that these nodes are of. */
  explain(error: RunError): Explanation;
}

interface Fault {
  readonly error: RunError;
  readonly node: NodeFinished;
  readonly viewed: ViewedNode;
}

/** Stands for the container of the nodes at the top. */
const TOP = '';

export function createFaults(view: FlowView): Faults {
  /** By the container around: what would make it fail. Each is forgotten as that ends, so they stay few. */
  const faults = new Map<string, Fault>();

  function faultOf(node: NodeFinished, inner: Fault | undefined): Fault | undefined {
    const { error, nodeId, scope } = node;
    if (!error) return undefined;
    if (inner && isSame(inner.error, error)) return inner;
    const viewed = view.nodeOf(nodeId, scope);
    return viewed && { error, node, viewed };
  }

  return {
    take(node) {
      const { nodeId, scope, status, handle } = node;
      const place = scope === undefined ? nodeId : `${scope}.${nodeId}`;
      const inner = faults.get(place);
      faults.delete(place);
      // A failure that leads on by an edge of its own ends nothing.
      const fault = status === 'failed' && handle === undefined ? faultOf(node, inner) : undefined;
      if (fault) faults.set(containerOf(scope), fault);
    },
    explain(error) {
      const fault = faults.get(TOP);
      if (fault && isSame(fault.error, error))
        return {
          name: errorNameOf(error, { ...fault.node, flowType: fault.viewed.type }),
          nodeId: fault.viewed.id,
        };
      const name = errorNameOf(error);
      return error.nodeId === undefined ? { name } : { name, nodeId: view.nameOf(error.nodeId) };
    },
  };
}

/** The place of the container whose graph a scope is of: `outer[0].inner` for `outer[0].inner[2]`. */
const containerOf = (scope: string | undefined): string => scope?.replace(/\[\d+\]$/, '') ?? TOP;

/** Containers fail with the error of the node inside. */
const isSame = (one: RunError, other: RunError): boolean =>
  one.nodeId === other.nodeId && one.code === other.code && one.message === other.message;
