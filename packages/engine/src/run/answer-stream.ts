import { branchesOnError, type Graph, type GraphEdge, type GraphNode } from '../definition/graph.ts';
import {
  MAX_REFERRED,
  parseReferences,
  type Reference,
  type RunFacts,
  resolve,
  stringsIn,
  textOf,
} from '../definition/references.ts';
import { sizeOf } from '../definition/size.ts';
import type { TextDelta } from '../events.ts';
import { type SegmentKey, segmentKey } from './replay.ts';

/** How far the graph has come, as the answer stream needs to know it. */
export interface GraphView {
  edge(edge: GraphEdge): 'open' | 'taken' | 'skipped';
  isOver(nodeId: string): boolean;
}

/**
 * The text for the person who waits.
 *
 * Responders are answer nodes, whose segments are the literals and references of their template, or,
 * where there is none, end nodes, whose segments are the distinct references to llm text in their outputs. A responder has
 * its turn once it is certain to run: some edge into it was taken, or will be, as its source is certain
 * to run and has no other outcome. Turns go in the order of becoming certain, at the same moment in
 * topological order; one responder writes at a time, its segments in order. So the deltas of an answer
 * node, without discarded ones, join to its output `answer`, and all of them in the order of `turns`.
 *
 * A referenced llm node's text streams while it is written, except with `on_error: branch`: its failure
 * would have to take the text back. Every other reference is told when its node is over. References that
 * bring in more than their node may (MAX_REFERRED) are told as nothing: the node itself fails for them.
 */
export interface AnswerStream {
  /** The graph changed: gives turns to responders that have become certain. Writes nothing. */
  assignTurns(): void;
  /** Writes what can be written now. */
  write(): void;
  /** An llm node wrote a piece of text. */
  addText(nodeId: string, text: string): void;
  /** An llm node begins again. Answers the seq from which its text is void, if readers have any. */
  restart(nodeId: string): number | undefined;
  /** Ids of the responders that have had or have a turn. */
  readonly turns: readonly string[];
}

export interface AnswerStreamOptions {
  readonly graph: Graph;
  readonly view: GraphView;
  readonly facts: RunFacts;
  /** Characters per segment that readers already have. */
  readonly written: ReadonlyMap<SegmentKey, number>;
  /** Writes to the run's log; answers the seq. */
  readonly emit: (delta: TextDelta) => number;
}

interface Responder {
  readonly target: GraphNode;
  readonly segments: readonly AnswerSegment[];
}

type AnswerSegment = { readonly text: string } | { readonly reference: Reference };

/** Text of an llm node that is still writing. */
interface LiveText {
  unsent: string;
  /** The first event of this attempt that carried some of it. */
  firstSeq: number | undefined;
}

export function createAnswerStream({ graph, view, facts, written, emit }: AnswerStreamOptions): AnswerStream {
  let undecided = respondersOf(graph);
  const queue: Responder[] = [];
  const turns: string[] = [];
  const live = new Map<string, LiveText>();
  let turn = 0;
  let segment = 0;
  /** What the current responder's references have brought in; beyond MAX_REFERRED its node fails. */
  let referred = 0;
  /** Characters of the current segment that readers have; undefined before its first look. */
  let offset: number | undefined;

  function isCertain(node: GraphNode, known = new Map<GraphNode, boolean>()): boolean {
    const seen = known.get(node);
    if (seen !== undefined) return seen;
    const certain =
      node.incoming.length === 0 ||
      node.incoming.some((edge) => {
        const state = view.edge(edge);
        if (state !== 'open') return state === 'taken';
        return edge.on === undefined && !branchesOnError(edge.from.node) && isCertain(edge.from, known);
      });
    known.set(node, certain);
    return certain;
  }

  /** The whole text of a segment; undefined while it is not known. */
  function completeText(part: AnswerSegment): string | undefined {
    if ('text' in part) return part.text;
    const { nodeId } = part.reference;
    const known = nodeId === 'sys' || view.isOver(nodeId) || !graph.get(nodeId);
    if (!known) return undefined;
    const value = resolve(part.reference, facts);
    if (value !== undefined) referred += sizeOf(value);
    return referred > MAX_REFERRED ? '' : textOf(value);
  }

  function tell(responderId: string, part: AnswerSegment, text: string): void {
    const own = 'text' in part || part.reference.nodeId === 'sys';
    const nodeId = own ? responderId : part.reference.nodeId;
    const field = own ? 'answer' : String(part.reference.path[0]);
    const seq = emit({ type: 'text_delta', nodeId, field, text, responderId, segment });
    const source = live.get(nodeId);
    if (source) source.firstSeq ??= seq;
  }

  /** What an unfinished llm node has written since the last look. */
  function takeUnsent(part: AnswerSegment): string {
    if ('text' in part || part.reference.path.length > 1 || part.reference.path[0] !== 'text') return '';
    const source = live.get(part.reference.nodeId);
    if (!source) return '';
    const text = source.unsent;
    source.unsent = '';
    return text;
  }

  function write(): void {
    for (let responder = queue[turn]; responder; responder = queue[turn]) {
      const part = responder.segments[segment];
      if (!part) {
        [turn, segment, offset, referred] = [turn + 1, 0, undefined, 0];
        continue;
      }
      const responderId = responder.target.node.id;
      offset ??= written.get(segmentKey(responderId, segment)) ?? 0;
      const whole = completeText(part);
      const text = whole === undefined ? takeUnsent(part) : whole.slice(offset);
      if (text !== '') tell(responderId, part, text);
      offset += text.length;
      if (whole === undefined) return;
      [segment, offset] = [segment + 1, undefined];
    }
  }

  return {
    turns,
    write,

    assignTurns() {
      if (undecided.length === 0) return;
      const known = new Map<GraphNode, boolean>();
      const waiting: Responder[] = [];
      for (const responder of undecided) {
        if (!isCertain(responder.target, known)) {
          waiting.push(responder);
          continue;
        }
        queue.push(responder);
        turns.push(responder.target.node.id);
      }
      undecided = waiting;
    },

    addText(nodeId, text) {
      const node = graph.get(nodeId);
      if (!node || branchesOnError(node.node)) return;
      const source = live.get(nodeId);
      if (source) source.unsent += text;
      else live.set(nodeId, { unsent: text, firstSeq: undefined });
      write();
    },

    restart(nodeId) {
      const firstSeq = live.get(nodeId)?.firstSeq;
      live.delete(nodeId);
      // An unfinished node's text can only be in the segment that is being written.
      if (firstSeq !== undefined) offset = 0;
      return firstSeq;
    },
  };
}

/** End nodes respond only where no answer node does: what an answer says is not said again as an output. */
function respondersOf(graph: Graph): Responder[] {
  const answers = graph.nodes.flatMap(toAnswerResponder);
  return answers.length > 0 ? answers : graph.nodes.flatMap((node) => toEndResponder(node, graph));
}

function toAnswerResponder(target: GraphNode): Responder[] {
  if (target.node.type !== 'answer') return [];
  const segments = parseReferences(target.node.template).map((part) =>
    part.type === 'literal' ? { text: part.text } : { reference: part.reference },
  );
  return [{ target, segments }];
}

function toEndResponder(target: GraphNode, graph: Graph): Responder[] {
  const { node } = target;
  if (node.type !== 'end') return [];
  const references = new Map<string, Reference>();
  for (const { text } of stringsIn(node.outputs, '')) {
    for (const part of parseReferences(text)) {
      if (part.type !== 'reference') continue;
      const { nodeId, path } = part.reference;
      const isText = path.length === 1 && path[0] === 'text';
      if (isText && graph.get(nodeId)?.node.type === 'llm') references.set(nodeId, part.reference);
    }
  }
  return [{ target, segments: Array.from(references.values(), (reference) => ({ reference })) }];
}
