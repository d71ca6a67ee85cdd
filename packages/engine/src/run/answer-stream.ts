import { branchesOnError, type Graph, type GraphEdge, type GraphNode } from '../definition/graph.ts';
import {
  MAX_REFERRED,
  type Reference,
  ROOTS,
  type RunFacts,
  resolve,
  textOf,
} from '../definition/references.ts';
import { sizeOf } from '../definition/size.ts';
import type { WorkflowNode } from '../definition/types.ts';
import { walkNodes } from '../definition/walk.ts';
import type { TextDelta } from '../events.ts';
import { type SegmentKey, segmentKey } from './replay.ts';
import { type ContainerSegment, type Responder, respondersOf, type TextSegment } from './responders.ts';
import { inScope, keyOf, type ScopePath } from './scope.ts';

/** How far the graph has come, as the answer stream needs to know it. */
export interface GraphView {
  edge(edge: GraphEdge): 'open' | 'taken' | 'skipped';
  isOver(nodeId: string): boolean;
}

/**
 * The text for the person who waits.
 *
 * Responders are answer nodes, whose segments are the literals and references of their template; containers with
 * answer nodes inside, whose only segment is what these say; or, where there is no answer node, end nodes, whose
 * segments are the distinct references to llm text in their outputs. A responder has its turn once it is certain to
 * run: some edge into it was taken, or will be, as its source is certain to run and has no other outcome. Turns go in
 * the order of becoming certain, at the same moment in topological order; one responder writes at a time, its
 * segments in order, the graphs of a container in the order of their index. So the deltas of an answer node, without
 * discarded ones, join to its output `answer`, and all of them in the order of `turns`.
 *
 * A referenced llm node's text streams while it is written, except with `on_error: branch`: its failure
 * would have to take the text back. For the same reason a container that outlives a failure inside tells its
 * answers when it is over. Every other reference is told when its node is over. References that
 * bring in more than their node may (MAX_REFERRED) are told as nothing: the node itself fails for them.
 */
export interface AnswerStream {
  /** The graph changed: gives turns to responders that have become certain. Writes nothing. */
  assignTurns(): void;
  /** Writes what can be written now, in the whole run. */
  write(): void;
  /** A node wrote a piece of its output `text`. */
  addText(nodeId: string, text: string): void;
  /** A node begins again. Answers the seq from which its text is void, if readers have any. */
  restart(nodeId: string): number | undefined;
  /** Ids of the responders that have had or have a turn. */
  readonly turns: readonly string[];
  /** The stream of a graph that a container of this one runs. */
  attach(containerId: string, index: number, child: NestedStream): void;
}

/** The stream of a graph inside another one. */
export interface NestedStream extends AnswerStream {
  /** Writes what can be written now; whether that was all that there will be. Called in its turn only. */
  advance(): boolean;
  /** The graph has ended: nothing becomes certain any more. */
  close(): void;
}

export interface AnswerStreamOptions {
  readonly graph: Graph;
  readonly scope: ScopePath;
  readonly view: GraphView;
  readonly facts: RunFacts;
  /** Whether answer nodes are inside a container. */
  readonly hasAnswers: (container: WorkflowNode) => boolean;
  /** Characters per segment that readers already have. */
  readonly written: ReadonlyMap<SegmentKey, number>;
  /** Writes to the run's log; answers the seq. */
  readonly emit: (delta: TextDelta) => number;
  /** `write` of the stream at the top; absent for that one itself. */
  readonly writeAll?: () => void;
}

/** Text of a node that is still writing. */
interface LiveText {
  unsent: string;
  /** The first event of this attempt that carried some of it. */
  firstSeq: number | undefined;
}

// One closure over one stream's state: what is written next depends on all of it.
export function createAnswerStream(options: AnswerStreamOptions): NestedStream {
  const { graph, scope, view, facts, written, emit, hasAnswers } = options;
  let undecided = respondersOf(graph, hasAnswers, scope === undefined);
  /** Looked for when an answer refers to a variable. */
  let assigners: ReadonlyMap<string, readonly string[]> | undefined;
  const queue: Responder[] = [];
  const turns: string[] = [];
  const live = new Map<string, LiveText>();
  const children = new Map<string, NestedStream[]>();
  let turn = 0;
  let segment = 0;
  /** The graph of the current container whose turn it is. */
  let child = 0;
  let isClosed = false;
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

  const isRoot = (name: string): boolean => ROOTS.some((root) => root === name);

  /** Whether a node before this one may still change what a reference names. */
  function mayChange({ nodeId, path }: Reference, target: GraphNode): boolean {
    if (graph.get(nodeId)) return false;
    assigners ??= assignersIn(graph);
    const ids = assigners.get(`${nodeId}.${path[0]}`) ?? [];
    return ids.some((id) => !view.isOver(id) && isBefore(id, target));
  }

  /** The whole text of a segment; undefined while it is not known. */
  function completeText(part: TextSegment, target: GraphNode): string | undefined {
    if ('text' in part) return part.text;
    if (mayChange(part.reference, target)) return undefined;
    const { nodeId } = part.reference;
    // What is no node of this graph is a root, a binding or a node that ran before the container.
    const known = isRoot(nodeId) || view.isOver(nodeId) || !graph.get(nodeId);
    if (!known) return undefined;
    const value = resolve(part.reference, facts);
    if (value !== undefined) referred += sizeOf(value);
    return referred > MAX_REFERRED ? '' : textOf(value);
  }

  function tell(responderId: string, part: TextSegment, text: string): void {
    const own = 'text' in part || !graph.get(part.reference.nodeId);
    const nodeId = own ? responderId : part.reference.nodeId;
    const field = own ? 'answer' : String(part.reference.path[0]);
    const seq = emit({ type: 'text_delta', nodeId, ...inScope(scope), field, text, responderId, segment });
    const source = live.get(nodeId);
    if (source) source.firstSeq ??= seq;
  }

  /** What an unfinished llm node has written since the last look. */
  function takeUnsent(part: TextSegment): string {
    if ('text' in part || part.reference.path.length > 1 || part.reference.path[0] !== 'text') return '';
    const source = live.get(part.reference.nodeId);
    if (!source) return '';
    const text = source.unsent;
    source.unsent = '';
    return text;
  }

  /** Whether the segment is complete. */
  function writeText(target: GraphNode, part: TextSegment): boolean {
    const responderId = target.node.id;
    offset ??= written.get(segmentKey(keyOf(responderId, scope), segment)) ?? 0;
    const whole = completeText(part, target);
    const text = whole === undefined ? takeUnsent(part) : whole.slice(offset);
    if (text !== '') tell(responderId, part, text);
    offset += text.length;
    return whole !== undefined;
  }

  /** Whether all graphs of a container have said what they say. */
  function writeContainer({ container: containerId, isWhole }: ContainerSegment): boolean {
    const streams = children.get(containerId) ?? [];
    // One that ended in an earlier claim has no graphs any more, and some of its text may not have had its turn.
    if (isWhole || (streams.length === 0 && view.isOver(containerId))) return writeAnswer(containerId);
    for (; child < streams.length; child++) if (streams[child]?.advance() === false) return false;
    return view.isOver(containerId);
  }

  /** Tells the output `answer` of a container that is over, as far as its graphs have not. */
  function writeAnswer(containerId: string): boolean {
    if (!view.isOver(containerId)) return false;
    const told = textOf(facts.valuesOf(containerId)?.answer).slice(writtenWithin(containerId));
    if (told !== '') {
      emit({
        type: 'text_delta',
        nodeId: containerId,
        ...inScope(scope),
        field: 'answer',
        text: told,
        responderId: containerId,
        segment,
      });
    }
    return true;
  }

  /** Characters that readers have of a container and of the graphs inside it. */
  function writtenWithin(containerId: string): number {
    const key = keyOf(containerId, scope);
    let length = 0;
    for (const [responder, characters] of written) {
      if (responder.startsWith(`${key}/`) || responder.startsWith(`${key}[`)) length += characters;
    }
    return length;
  }

  function advance(): boolean {
    for (let responder = queue[turn]; responder; responder = queue[turn]) {
      const part = responder.segments[segment];
      if (!part) {
        [turn, segment, child, offset, referred] = [turn + 1, 0, 0, undefined, 0];
        continue;
      }
      const isComplete = 'container' in part ? writeContainer(part) : writeText(responder.target, part);
      if (!isComplete) return isClosed;
      [segment, offset] = [segment + 1, undefined];
    }
    return isClosed;
  }

  const write = options.writeAll ?? ((): void => void advance());

  return {
    turns,
    write,
    advance,

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

    attach(containerId, index, stream) {
      const streams = children.get(containerId) ?? [];
      streams[index] = stream;
      children.set(containerId, streams);
    },

    close() {
      isClosed = true;
    },
  };
}

/** The nodes of a graph that change variables, themselves or inside of them, by what they change. */
function assignersIn({ nodes }: Graph): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { node: outer } of nodes) {
    for (const { node } of walkNodes({ name: '', nodes: [outer], edges: [] })) {
      for (const { target } of node.type === 'assign' ? node.items : []) {
        found.set(target, [...(found.get(target) ?? []), outer.id]);
      }
    }
  }
  return found;
}

/** Whether a path leads from one node to another. */
function isBefore(nodeId: string, { incoming }: GraphNode): boolean {
  const before = new Set(incoming.map(({ from }) => from));
  for (const one of before) for (const { from } of one.incoming) before.add(from);
  return Array.from(before).some(({ node }) => node.id === nodeId);
}
