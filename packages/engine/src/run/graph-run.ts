import { setMaxListeners } from 'node:events';
import { branchesOnError, type Graph, type GraphNode } from '../definition/graph.ts';
import { createScope, interpolate, type RunFacts } from '../definition/references.ts';
import { NodeError, toNodeError, toRunError } from '../errors.ts';
import type { JsonObject, JsonValue, NodeFinished, RunError, VariableChanges } from '../events.ts';
import { typeOf } from '../nodes/index.ts';
import type { NodeResult } from '../nodes/node-type.ts';
import { createAnswerStream, type NestedStream } from './answer-stream.ts';
import { checkDepth, type NodePlace, runAttempts } from './attempts.ts';
import { createContainerContext } from './containers.ts';
import type { ChangingFacts, Frame, RunContext } from './context.ts';
import { createGraphState } from './graph-state.ts';
import { cancelled, type NodeEnding, nodeStarted, type RunningNode } from './node-events.ts';
import { askPerson } from './person.ts';
import { keyOf, type ScopePath } from './scope.ts';
import { toLogged } from './variables.ts';

/** A graph under way: the run's own, or one that a container runs. */
export interface GraphRun {
  /** Takes over what the log says, without telling anything. Answers the failure that ended it, if any. */
  restore(): RunError | undefined;
  /** Goes on from there. */
  begin(): void;
  /** Tells that its nodes under way are cancelled, and stops them; nothing more comes of it. */
  cancel(): void;
  counts(): { readonly finished: number; readonly reachable: number };
  /** How many nodes' worth of work the containers under way have done. */
  partial(): number;
  outputsOf(nodeId: string): JsonObject | undefined;
  /** The value of a text or JSON value inside the graph, as it stands. */
  evaluate(value: unknown, asked: string): JsonValue;
  readonly facts: ChangingFacts;
  readonly frame: Frame;
  readonly graph: Graph;
  readonly scope: ScopePath;
  readonly answers: NestedStream;
  /** Changes a variable of the container around. */
  setBinding(containerId: string, name: string, value: JsonValue): void;
}

export interface GraphRunOptions {
  readonly graph: Graph;
  readonly scope: ScopePath;
  readonly frame: Frame;
  /** What is visible from outside: bindings of the container and whatever its graph sees. */
  readonly outer: ChangingFacts;
  readonly parent: GraphRun | undefined;
  readonly setBinding: GraphRun['setBinding'];
  /** All nodes have ended. Called once, unless the graph failed or was cancelled. */
  readonly onEnd: () => void;
  /** A node failed and does not branch. Called once. */
  readonly onFailure: (error: RunError) => void;
  /** Called with the outputs of each node that ended. */
  readonly onOutputs?: (node: GraphNode, outputs: JsonObject) => void;
}

// One closure over one graph's state: splitting it further would only pass that state around.
export function createGraphRun(context: RunContext, options: GraphRunOptions): GraphRun {
  const { log, replay, slots } = context;
  const { graph, scope, frame, outer, parent } = options;
  const state = createGraphState(graph);
  const outputs = new Map<string, JsonObject>();
  const ready: GraphNode[] = [];
  const running = new Map<GraphNode, RunningNode>();
  /** What the containers under way run. */
  const children = new Map<GraphNode, Set<GraphRun>>();
  const shares = new Map<GraphNode, number>();
  // The top's own nodes stop with the run; a graph inside may stop before it.
  const stopped = parent ? new AbortController() : undefined;
  const stop = stopped ? AbortSignal.any([context.stop, stopped.signal]) : context.stop;
  // Each node under way listens to it.
  setMaxListeners(0, stop);
  let isOver = false;

  const factsOf = (outside: RunFacts): RunFacts => ({
    valuesOf: (name) => outputs.get(name) ?? outside.valuesOf(name),
  });
  const facts: ChangingFacts = { ...factsOf(outer), at: (ended) => factsOf(outer.at(ended)) };
  /** How many nodes had ended when this graph did, if that was in an earlier claim. */
  let endedAt: number | undefined;
  const answers = createAnswerStream({
    graph,
    scope,
    view: state,
    facts,
    written: replay.written,
    emit: log.emit,
    hasAnswers: context.hasAnswers,
    ...(parent && { writeAll: parent.answers.write }),
  });
  const place: NodePlace = { frame, facts, answers, stop, assign };

  /** Begins nodes while there are any, and room. */
  function pump(): void {
    while (ready.length > 0 && !isOver && !context.isEnding()) {
      if (!slots.take(pump)) return;
      const room = log.room();
      if (room) {
        void room.then(giveAndPump);
        return;
      }
      const node = ready.shift();
      if (!node) break;
      // Who waits for a person, or for nodes inside, holds nobody up.
      if (typeOf(node.node).kind !== 'leaf') slots.give();
      const begun = {
        index: context.nextIndex(),
        startedAt: context.services.clock.now(),
        scope,
        attempt: 1,
        failures: 0,
      };
      running.set(node, begun);
      perform(node, begun);
    }
    if (ready.length === 0 && running.size === 0 && !isOver && !context.isEnding()) {
      isOver = true;
      options.onEnd();
    }
  }

  function giveAndPump(): void {
    slots.give();
    pump();
    context.noteRest();
  }

  const predecessorOf = (node: GraphNode): string | undefined =>
    node.incoming.find((edge) => state.edge(edge) === 'taken')?.from.node.id;

  function perform(node: GraphNode, begun: RunningNode, isResumed = false): void {
    const isLeaf = typeOf(node.node).kind === 'leaf';
    work(node, begun, isResumed)
      .then(
        (result) => {
          if (isLeaf) slots.give();
          if (!isOver && !context.isEnding()) finish(node, begun, { status: 'succeeded', ...result });
        },
        (error: unknown) => {
          if (isLeaf) slots.give();
          if (!isOver && !context.isEnding()) fail(node, begun, toNodeError(error));
        },
      )
      .then(context.noteRest, context.lose);
  }

  async function work(node: GraphNode, begun: RunningNode, isResumed: boolean): Promise<NodeResult> {
    const type = typeOf(node.node);
    if (type.kind === 'leaf') return runAttempts(context, place, node, begun, predecessorOf(node));
    if (!isResumed) log.emit(nodeStarted(node, begun, predecessorOf(node)));
    if (type.kind === 'question') return askPerson(context, place, type, node, begun);
    const inside = new Set<GraphRun>();
    children.set(node, inside);
    try {
      const container = createContainerContext(context, placeOf(node, isResumed), self, node, begun, {
        children: inside,
        isOver: () => children.get(node) !== inside || context.isEnding(),
        tellShare: (share) => void shares.set(node, share),
      });
      return checkDepth(await type.execute(node.node, container));
    } finally {
      shares.delete(node);
      // What still runs inside a container that failed; at the end of the run `cancel` comes by here.
      if (!context.isEnding()) {
        children.delete(node);
        for (const child of inside) child.cancel();
      }
    }
  }

  /** A container that goes on sees what it saw when it began: its own nodes may have changed that since. */
  function placeOf(node: GraphNode, isResumed: boolean): NodePlace {
    const known = isResumed ? replay.unfinished.get(keyOf(node.node.id, scope)) : undefined;
    return known ? { ...place, facts: facts.at(known.endedBefore) } : place;
  }

  function finish(node: GraphNode, begun: RunningNode, how: NodeEnding): void {
    const { variables } = how;
    const logged = variables && { variables: toLogged(variables, frame.scope) };
    context.tellFinished(node, begun, { ...how, ...logged });
    running.delete(node);
    keep(node, how.outputs);
    ready.push(...state.finish(node, how.status === 'succeeded', how.handle));
    answers.assignTurns();
    answers.write();
    pump();
  }

  function assign(changes: VariableChanges): void {
    for (const [target, value] of Object.entries(changes)) {
      const dot = target.indexOf('.');
      const [owner, name] = [target.slice(0, dot), target.slice(dot + 1)];
      if (owner === 'vars') frame.variables.set(name, value);
      else options.setBinding(owner, name, value);
    }
  }

  function keep(node: GraphNode, values: JsonObject): void {
    outputs.set(node.node.id, values);
    options.onOutputs?.(node, values);
  }

  function fail(node: GraphNode, begun: RunningNode, error: NodeError): void {
    const runError = toRunError(error, node.node.id);
    if (branchesOnError(node.node)) {
      const described = { error_code: error.code, error_message: error.message };
      finish(node, begun, { status: 'failed', outputs: described, handle: 'error', error: runError });
      return;
    }
    context.tellFinished(node, begun, { status: 'failed', outputs: {}, error: runError });
    running.delete(node);
    if (isOver) return;
    isOver = true;
    options.onFailure(runError);
  }

  /** Begins the nodes again that an earlier claim left unfinished. */
  function resume(): void {
    const interrupted = [...running];
    for (const [node, begun] of interrupted) {
      if (isOver) return;
      if (typeOf(node.node).kind === 'leaf') announceRetry(node, begun);
    }
    if (isOver) return;
    if (replay.lastSeq > 0) answers.write();
    for (const [node, begun] of interrupted) performAgain(node, begun);
  }

  function performAgain(node: GraphNode, begun: RunningNode): void {
    // What came before may have ended the graph, and poison the node.
    if (isOver || context.isEnding() || !running.has(node)) return;
    if (typeOf(node.node).kind === 'leaf' && !slots.take(() => performAgain(node, begun))) return;
    perform(node, begun, true);
  }

  function announceRetry(node: GraphNode, begun: RunningNode): void {
    const known = replay.unfinished.get(keyOf(node.node.id, scope));
    if (!known) return;
    if (known.recoveries + 1 >= context.maxNodeCrashes) {
      const message = `${node.node.id} was interrupted ${context.maxNodeCrashes} times`;
      fail(node, begun, new NodeError(message, { code: 'poison_node' }));
      return;
    }
    begun.attempt++;
    log.emit({
      type: 'node_retry',
      nodeId: node.node.id,
      ...(scope !== undefined && { scope }),
      attempt: begun.attempt,
      reason: 'recovered',
      discardFromSeq: known.firstTextSeq ?? log.lastSeq + 1,
      delayMs: 0,
    });
  }

  function restoreFinished(event: NodeFinished): RunError | undefined {
    const node = graph.get(event.nodeId);
    if (!node) return undefined;
    keep(node, event.outputs);
    ready.push(...state.finish(node, event.status === 'succeeded', event.handle));
    answers.assignTurns();
    return event.status === 'failed' && event.handle === undefined ? event.error : undefined;
  }

  const self: GraphRun = {
    graph,
    frame,
    scope,
    facts,
    answers,
    counts: state.counts,
    partial: () => [...shares.values()].reduce((sum, share) => sum + share, 0),
    outputsOf: (nodeId) => outputs.get(nodeId),
    setBinding: options.setBinding,
    evaluate(value, asked) {
      const known = endedAt === undefined ? facts : facts.at(endedAt);
      return interpolate(value, createScope(known, asked));
    },

    restore() {
      let failure: RunError | undefined;
      ready.push(...state.begin());
      answers.assignTurns();
      if (replay.lastSeq === 0) return undefined;
      let ended = 0;
      for (const { event, place } of replay.finishedIn.get(scope) ?? []) {
        failure = restoreFinished(event) ?? failure;
        ended = place;
      }
      for (const node of graph.nodes) {
        const known = replay.unfinished.get(keyOf(node.node.id, scope));
        if (!known) continue;
        const { index, startedAt, attempt, failures } = known;
        running.set(node, { index, startedAt, scope, attempt, failures });
      }
      const taken = (node: GraphNode): boolean => state.isOver(node.node.id) || running.has(node);
      ready.splice(0, ready.length, ...ready.filter((node) => !taken(node)));
      if (ready.length === 0 && running.size === 0) endedAt = ended;
      return failure;
    },

    begin() {
      resume();
      pump();
    },

    cancel() {
      isOver = true;
      for (const inside of children.values()) for (const child of inside) child.cancel();
      for (const [node, begun] of running) context.tellFinished(node, begun, cancelled(node.node.id));
      running.clear();
      stopped?.abort(new NodeError('the graph around it has ended', { code: 'cancelled' }));
    },
  };
  return self;
}
