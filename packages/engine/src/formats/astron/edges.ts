import { shorten } from '../../definition/subject.ts';
import type { WorkflowEdge } from '../../definition/types.ts';
import type { Report } from '../foreign.ts';
import type { Containment } from './containment.ts';
import { type Entry, isFailHandle } from './entries.ts';
import type { AstronEdge, AstronFlow } from './flow.ts';
import type { Piece } from './handler.ts';

const MAX_QUOTE = 100;

const quote = (text: string): string => JSON.stringify(shorten(text, MAX_QUOTE));

/** Edges to or from nowhere, twice the same, or out of an iteration or loop. */
export function checkEdges({ nodes, edges }: AstronFlow, { ownerOf }: Containment, report: Report): void {
  const ids = new Set(nodes.map(({ id }) => id));
  const seen = new Set<string>();
  for (const { from, to, handle, line } of edges) {
    const missing = [from, to].filter((id) => !ids.has(id));
    for (const id of missing)
      report.problem(`an edge names ${quote(id)}, and there is no such node`, line, id);
    if (missing.length > 0) continue;
    const key = JSON.stringify([from, to, handle]);
    if (seen.has(key)) report.problem(`a second edge leads from ${quote(from)} to ${quote(to)}`, line, from);
    seen.add(key);
    if (ownerOf.get(from) === ownerOf.get(to)) continue;
    report.problem(`an edge leads from ${quote(from)} out of or into an iteration or loop`, line, from);
  }
}

/** A node's piece, as edges need it. */
export interface Mapped {
  readonly entry: Entry;
  readonly piece: Piece;
}

/** The edge of ours; undefined where there is none, with a problem or note where that is worth a word. */
export function mapEdge(
  { from, handle, line }: AstronEdge,
  source: Mapped | undefined,
  target: Mapped | undefined,
  report: Report,
): WorkflowEdge | undefined {
  const [exit, first] = [source?.piece.nodes.at(-1), target?.piece.nodes[0]];
  // The graph of a body begins by itself, without an edge from its start.
  if (!source || !exit || !first) return undefined;
  if (isFailHandle(handle)) {
    const branches = source.entry.failure.members.on_error === 'branch' && !source.entry.failure.defaults;
    if (branches) return { from: source.entry.id, to: first.id, on: 'error' };
    report.note('an edge for the failure of the node, which is not set to have one, is left out', line, from);
    return undefined;
  }
  const { branches } = source.piece;
  if (!branches) return { from: exit.id, to: first.id };
  const on = branches.get(handle);
  if (on !== undefined) return { from: exit.id, to: first.id, on };
  if (handle.includes('normal_one_of')) {
    report.note('an edge for success, which a node with outcomes never takes, is left out', line, from);
  } else {
    report.problem(`an edge leaves by ${quote(handle)}, which is no outcome of the node`, line, from);
  }
  return undefined;
}
