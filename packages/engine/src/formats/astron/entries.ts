import type { Containment } from './containment.ts';
import { type Failure, failureOf } from './failure.ts';
import type { AstronFlow, AstronNode } from './flow.ts';
import type { Handler } from './handler.ts';
import { HANDLERS } from './handlers.ts';
import { reasonAgainst } from './unsupported.ts';

/** A node that can be imported. */
export interface Entry {
  readonly node: AstronNode;
  readonly handler: Handler;
  /** Of the node of ours that stands for it. */
  readonly id: string;
  readonly failure: Failure;
}

/** What can be imported, by the ids there, and why the rest cannot. */
export interface Entries {
  readonly byId: ReadonlyMap<string, Entry>;
  readonly refusals: ReadonlyMap<AstronNode, string>;
}

export const isFailHandle = (handle: string): boolean => handle.includes('fail_one_of');

export function createEntries(flow: AstronFlow, { ownerOf }: Containment): Entries {
  const byId = new Map<string, Entry>();
  const refusals = new Map<AstronNode, string>();
  const nextId = createNamer();
  const failing = new Set(flow.edges.filter(({ handle }) => isFailHandle(handle)).map(({ from }) => from));
  const seen = new Set<string>();
  for (const node of flow.nodes) {
    const handler = HANDLERS.get(node.type);
    const refusal = refusalOf(node, handler, seen, ownerOf);
    seen.add(node.id);
    if (refusal !== undefined || !handler) refusals.set(node, refusal ?? reasonAgainst(node));
    else {
      const failure = failureOf(node, handler, failing.has(node.id));
      byId.set(node.id, { node, handler, id: nextId(handler.name), failure });
    }
  }
  return { byId, refusals };
}

function refusalOf(
  node: AstronNode,
  handler: Handler | undefined,
  seen: ReadonlySet<string>,
  ownerOf: Containment['ownerOf'],
): string | undefined {
  if (!handler) return reasonAgainst(node);
  if (seen.has(node.id)) return 'another node has the same id';
  const owner = ownerOf.get(node.id)?.type;
  if (handler.inside !== undefined && owner !== handler.inside) {
    return `it must be inside of a node of the type ${handler.inside}`;
  }
  return handler.refuse?.(node);
}

/** Counts by name: `llm_1`, `llm_2`; what there is usually one of begins without a number. */
function createNamer(): (name: string) => string {
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 && (name === 'start' || name === 'end') ? name : `${name}_${count}`;
  };
}
