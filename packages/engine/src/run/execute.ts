import { setMaxListeners } from 'node:events';
import {
  branchesOnError,
  compileGraph,
  type Graph,
  type GraphNode,
  InvalidGraphError,
} from '../definition/graph.ts';
import { createScope, type RunFacts } from '../definition/references.ts';
import { sizeOf } from '../definition/size.ts';
import type { WorkflowDefinition } from '../definition/types.ts';
import { NodeError, toNodeError, toRunError, type ValidateSchema } from '../errors.ts';
import type { FinalState, JsonObject, JsonValue, RunError } from '../events.ts';
import { isDeeperThan, MAX_DEPTH } from '../json.ts';
import type { NodeContext, NodeResult, NodeServices } from '../nodes/executor.ts';
import { executorOf } from '../nodes/index.ts';
import { type EventLog, FencedError, type Run } from '../ports.ts';
import { move } from '../run-state.ts';
import { createAnswerStream } from './answer-stream.ts';
import { withTimeLimit } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { createGraphState } from './graph-state.ts';
import {
  NO_TOKENS,
  type NodeEnding,
  nodeFinished,
  nodeRetry,
  nodeStarted,
  type RunningNode,
} from './node-events.ts';
import { addTokens, emptyReplay, type Replay, readReplay } from './replay.ts';
import { createRunLog } from './run-log.ts';
import { nextTurn } from './turns.ts';

export interface ExecuteDeps {
  readonly log: EventLog;
  readonly services: NodeServices;
  readonly validateSchema: ValidateSchema;
  /** From 0 to below 1; for the jitter of retries. */
  readonly random: () => number;
  /** A node that was under way at this many deaths of its process fails its run. Default 3. */
  readonly maxNodeCrashes?: number;
}

/** The reason to abort a run's signal with: `cancel` ends the run, `release` leaves it for another claim. */
export class StopRun extends Error {
  override readonly name = 'StopRun';
  readonly command: 'cancel' | 'release';
  constructor(command: 'cancel' | 'release') {
    super(command === 'cancel' ? 'the run was cancelled' : 'the run was released');
    this.command = command;
  }
}

type Ending =
  | { readonly command: 'succeed' | 'cancel' | 'release' }
  | { readonly command: 'fail' | 'time_out'; readonly error: RunError }
  | { readonly command: 'lost'; readonly error: unknown };

const MAX_PARALLEL_NODES = 16;
const MAX_NODE_CRASHES = 3;
const MIN_CLAIMS = 10;
const MAX_RUN_OUTPUTS = 8 * 1024 * 1024;
const ENDED = new Error('the run has ended');

/**
 * Runs a claimed run to its end, from wherever its log has come to, and answers how it ended.
 *
 * Nodes whose predecessors are all decided run at once, at most 16 of them. A node that cannot go on
 * ends the run, unless it branches on errors. Finished nodes of an earlier claim are not run again;
 * unfinished ones are, after a `node_retry`; a node that was interrupted `maxNodeCrashes` times fails
 * the run (`poison_node`), as it probably takes its process down. It may do so before anything is
 * committed, so that a run which was claimed more than ten times (`maxNodeCrashes` times, if that is more)
 * fails as well (`poison_run`); claims that ended in a release count too.
 *
 * Nodes that never wait yield to the event loop once its turn takes 10 ms. What the references of one node
 * bring in is limited to 4 MiB (UTF-16 units; `output_too_large`), the outputs of a run's end and answer
 * nodes together to 8 MiB (`outputs_too_large`). A cancel that comes before the end is handed to the store
 * is obeyed, even if all nodes have ended.
 *
 * With `failure` it only ends the run as failed: the server failed under it before.
 *
 * `released`: the signal asked for it; what was emitted is committed and the run has not ended.
 * `fenced`: the run was claimed again elsewhere; nothing more was written.
 * Throws the store's error when it cannot commit: nothing more was written, the run has not ended.
 */
export async function executeRun(
  run: Run,
  deps: ExecuteDeps,
  signal: AbortSignal,
  failure?: RunError,
): Promise<FinalState | 'released' | 'fenced'> {
  const replay = run.lastSeq > 0 ? await readReplay(deps.log, run.id) : emptyReplay();
  return replay.ended ?? createExecution(run, replay, deps, signal).execute(failure);
}

/** An invalid definition must not get here; one that does fails its run instead of being claimed for ever. */
function compile(definition: WorkflowDefinition): { readonly graph: Graph; readonly broken?: RunError } {
  try {
    return { graph: compileGraph(definition) };
  } catch (error) {
    if (!(error instanceof InvalidGraphError)) throw error;
    const graph = compileGraph({ ...definition, nodes: [], edges: [] });
    return { graph, broken: { code: 'invalid_definition', message: error.message } };
  }
}

// One closure over one run's state: splitting it further would only pass that state around.
function createExecution(
  run: Run,
  replay: Replay,
  { log: eventLog, services, validateSchema, random, maxNodeCrashes = MAX_NODE_CRASHES }: ExecuteDeps,
  signal: AbortSignal,
) {
  const { clock } = services;
  const { graph, broken } = compile(run.definition);
  const state = createGraphState(graph);
  const startedAt = run.startedAt ?? replay.startedAt ?? clock.now();
  const outputs = new Map<string, JsonObject>();
  const facts: RunFacts = {
    outputsOf: (nodeId) => outputs.get(nodeId),
    sys: { run_id: run.id, workflow_id: run.workflowId, user_id: run.userId },
  };
  const ready: GraphNode[] = [];
  const running = new Map<GraphNode, RunningNode>();
  const stop = new AbortController();
  setMaxListeners(4 * MAX_PARALLEL_NODES, stop.signal);
  let { nodeIndex, percent, tokens } = replay;
  let steps = replay.finished.length;
  let outputSize = 0;
  let ending: Ending | undefined;
  let resolveEnded: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    resolveEnded = resolve;
  });

  const log = createRunLog({
    log: eventLog,
    lease: { runId: run.id, epoch: run.epoch },
    lastSeq: replay.lastSeq,
    beforeCommit: tellProgress,
    onFailure: (error) => end({ command: 'lost', error }),
  });
  const answers = createAnswerStream({
    graph,
    view: state,
    facts,
    written: replay.written,
    emit: log.emit,
  });

  async function execute(failure?: RunError): Promise<FinalState | 'released' | 'fenced'> {
    const onStop = (): void => end({ command: stopCommand() });
    signal.addEventListener('abort', onStop, { once: true });
    try {
      begin(failure);
      return await conclude(await ended);
    } catch (error) {
      if (error instanceof FencedError) return 'fenced';
      throw error;
    } finally {
      signal.removeEventListener('abort', onStop);
    }
  }

  function stopCommand(): StopRun['command'] {
    const reason: unknown = signal.reason;
    return reason instanceof StopRun ? reason.command : 'cancel';
  }

  function begin(failure: RunError | undefined): void {
    if (replay.lastSeq === 0)
      log.emit({ type: 'run_started', workflowId: run.workflowId, inputs: run.inputs });
    ready.push(...state.begin());
    const earlier = restore();
    const remaining = startedAt + run.timeoutMs - clock.now();
    if (signal.aborted) end({ command: stopCommand() });
    else if (failure) end({ command: 'fail', error: failure });
    else if (broken) end({ command: 'fail', error: broken });
    else if (earlier) end(earlier);
    else if (run.cancelRequested) end({ command: 'cancel' });
    else if (remaining <= 0) end(timedOut());
    else if (run.epoch > Math.max(MIN_CLAIMS, maxNodeCrashes)) end(poisonRun());
    if (ending) return;
    clock.sleep(remaining, stop.signal).then(
      () => end(timedOut()),
      () => undefined,
    );
    resume();
    pump();
  }

  const timedOut = (): Ending => ({
    command: 'time_out',
    error: { code: 'run_timed_out', message: `the run took longer than ${run.timeoutMs} ms` },
  });

  const poisonRun = (): Ending => ({
    command: 'fail',
    error: {
      code: 'poison_run',
      message: `the run was taken up ${run.epoch - 1} times without coming to its end`,
    },
  });

  /** Takes over what the log says. Answers the ending that an earlier claim had begun to write, if any. */
  function restore(): Ending | undefined {
    let earlier: Ending | undefined;
    for (const event of replay.finished) {
      const node = graph.get(event.nodeId);
      if (!node) continue;
      keepOutputs(node, event.outputs);
      ready.push(...state.finish(node, event.status === 'succeeded', event.handle));
      answers.assignTurns();
      if (event.status === 'cancelled') earlier ??= { command: 'cancel' };
      if (event.status === 'failed' && event.handle === undefined && event.error) {
        earlier = { command: 'fail', error: event.error };
      }
    }
    for (const [nodeId, { index, startedAt: nodeStartedAt, attempt, failures }] of replay.unfinished) {
      const node = graph.get(nodeId);
      if (node) running.set(node, { index, startedAt: nodeStartedAt, attempt, failures });
    }
    const taken = (node: GraphNode): boolean => state.isOver(node.node.id) || running.has(node);
    ready.splice(0, ready.length, ...ready.filter((node) => !taken(node)));
    if (!replay.failure) return earlier;
    return { command: replay.failure.code === 'run_timed_out' ? 'time_out' : 'fail', error: replay.failure };
  }

  /** Begins the nodes again that an earlier claim left unfinished. */
  function resume(): void {
    const interrupted = [...running];
    for (const [node, begun] of interrupted) {
      const known = replay.unfinished.get(node.node.id);
      if (!known) continue;
      if (known.recoveries + 1 >= maxNodeCrashes) {
        const message = `${node.node.id} was interrupted ${maxNodeCrashes} times`;
        failRun(node, begun, new NodeError(message, { code: 'poison_node' }));
        return;
      }
      begun.attempt++;
      const { attempt } = begun;
      const discardFromSeq = known.firstTextSeq ?? log.lastSeq + 1;
      const nodeId = node.node.id;
      log.emit({ type: 'node_retry', nodeId, attempt, reason: 'recovered', discardFromSeq, delayMs: 0 });
    }
    if (replay.finished.length > 0) answers.write();
    for (const [node, begun] of interrupted) perform(node, begun);
  }

  /** Begins nodes while there are any, and room. */
  function pump(): void {
    while (ready.length > 0 && running.size < MAX_PARALLEL_NODES && !ending) {
      const room = log.room();
      if (room) {
        void room.then(pump);
        return;
      }
      const node = ready.shift();
      if (!node) break;
      const begun = { index: ++nodeIndex, startedAt: clock.now(), attempt: 1, failures: 0 };
      running.set(node, begun);
      perform(node, begun);
    }
    if (ready.length === 0 && running.size === 0) end({ command: 'succeed' });
  }

  function perform(node: GraphNode, begun: RunningNode): void {
    runAttempts(node, begun)
      .then(
        (result) => {
          if (!ending) finishNode(node, begun, { status: 'succeeded', ...result });
        },
        (error: unknown) => {
          if (!ending) failNode(node, begun, toNodeError(error));
        },
      )
      .catch((error: unknown) => end({ command: 'lost', error }));
  }

  async function runAttempts(node: GraphNode, begun: RunningNode): Promise<NodeResult> {
    for (;;) {
      const predecessor = node.incoming.find((edge) => state.edge(edge) === 'taken')?.from.node.id;
      log.emit(nodeStarted(node, begun, predecessor));
      try {
        const turn = nextTurn();
        if (turn) await turn;
        stop.signal.throwIfAborted();
        const result = await runAttempt(node);
        if (!isDeeperThan(result.outputs, MAX_DEPTH)) return result;
        throw new NodeError(`outputs nest deeper than ${MAX_DEPTH} levels`, { code: 'output_too_deep' });
      } catch (cause) {
        const error = toNodeError(cause);
        const policy = 'retry' in node.node ? node.node.retry : undefined;
        begun.failures++;
        if (ending || !error.retryable || !policy || begun.failures >= policy.max_attempts) throw error;
        begun.attempt++;
        const delayMs = backoffMs(policy, begun.failures, error.retryAfterMs, random);
        const discardFromSeq = answers.restart(node.node.id) ?? log.lastSeq + 1;
        log.emit(nodeRetry(node, begun, error, discardFromSeq, delayMs));
        await clock.sleep(delayMs, stop.signal);
      }
    }
  }

  async function runAttempt({ node }: GraphNode): Promise<NodeResult> {
    const executor = executorOf(node);
    const limit = executor.timeoutMs?.(node);
    // Nodes that wait for nothing get no timer and no signal of their own.
    if (limit === undefined) return executor.execute(node, contextOf(node.id, stop.signal));
    return withTimeLimit(limit, stop.signal, clock, (signal) =>
      executor.execute(node, contextOf(node.id, signal)),
    );
  }

  const contextOf = (nodeId: string, signal: AbortSignal): NodeContext => ({
    scope: createScope(facts, nodeId),
    inputs: run.inputs,
    signal,
    services,
    idempotencyKey: `${run.id}/${nodeId}`,
    writeText(text) {
      if (signal.aborted) return undefined;
      answers.addText(nodeId, text);
      return log.room();
    },
  });

  function emitFinished(node: GraphNode, begun: RunningNode, how: NodeEnding): void {
    steps++;
    tokens = addTokens(tokens, how.tokens ?? NO_TOKENS);
    log.emit(nodeFinished(node, begun, how, clock.now()));
  }

  function failNode(node: GraphNode, begun: RunningNode, error: NodeError): void {
    if (!branchesOnError(node.node)) {
      failRun(node, begun, error);
      return;
    }
    const described = { error_code: error.code, error_message: error.message };
    const runError = toRunError(error, node.node.id);
    finishNode(node, begun, { status: 'failed', outputs: described, handle: 'error', error: runError });
  }

  function finishNode(node: GraphNode, begun: RunningNode, how: NodeEnding): void {
    emitFinished(node, begun, how);
    running.delete(node);
    keepOutputs(node, how.outputs);
    ready.push(...state.finish(node, how.status === 'succeeded', how.handle));
    answers.assignTurns();
    answers.write();
    pump();
  }

  function keepOutputs({ node }: GraphNode, values: JsonObject): void {
    outputs.set(node.id, values);
    if (node.type !== 'end' && node.type !== 'answer') return;
    outputSize += sizeOf(values);
    if (outputSize <= MAX_RUN_OUTPUTS) return;
    const message = `the run's outputs are larger than ${MAX_RUN_OUTPUTS} characters`;
    end({ command: 'fail', error: { code: 'outputs_too_large', message, nodeId: node.id } });
  }

  function failRun(node: GraphNode, begun: RunningNode, error: NodeError): void {
    const runError = toRunError(error, node.node.id);
    emitFinished(node, begun, { status: 'failed', outputs: {}, error: runError });
    running.delete(node);
    end({ command: 'fail', error: runError });
  }

  /** The first call decides how the run ends; everything that still runs is stopped. */
  function end(how: Ending): void {
    if (ending) return;
    ending = how;
    stop.abort(ENDED);
    resolveEnded(how);
  }

  /** At most one event per commit, and only when the number changed. */
  function tellProgress(): void {
    const { finished, reachable } = state.counts();
    const next = ending ? percent : Math.min(99, Math.floor((100 * finished) / Math.max(1, reachable)));
    if (next <= percent) return;
    percent = next;
    log.emit({ type: 'progress', percent, finishedNodes: finished, totalNodes: reachable });
  }

  async function conclude(how: Ending): Promise<FinalState | 'released'> {
    if (how.command === 'lost') throw how.error;
    if (how.command === 'release') {
      await log.flush();
      return 'released';
    }
    if (how.command !== 'succeed') return finishRun(how.command, {}, 'error' in how ? how.error : undefined);
    const results = collectOutputs();
    const schema = run.definition.outputs;
    const [problem] = schema ? validateSchema(schema, results) : [];
    if (!problem) return finishRun('succeed', results, undefined);
    const message = `the outputs break the workflow's schema: ${problem.pointer || '/'} ${problem.message}`;
    return finishRun('fail', {}, { code: 'invalid_outputs', message });
  }

  /** All outputs of the end nodes; `answer` joins the answers in the order in which they were told. */
  function collectOutputs(): JsonObject {
    const collected: [string, JsonValue][] = [];
    for (const { node } of graph.nodes) {
      if (node.type === 'end') collected.push(...Object.entries(outputs.get(node.id) ?? {}));
    }
    const told = answers.turns.filter((nodeId) => graph.get(nodeId)?.node.type === 'answer');
    const texts = told.map((nodeId) => outputs.get(nodeId)?.answer ?? '');
    if (told.length > 0) collected.push(['answer', texts.join('')]);
    return Object.fromEntries(collected);
  }

  async function finishRun(
    command: 'succeed' | 'fail' | 'cancel' | 'time_out',
    results: JsonObject,
    error: RunError | undefined,
  ): Promise<FinalState> {
    // Whoever cancelled may have been told that the run was still running.
    if (command === 'succeed' && signal.aborted && stopCommand() === 'cancel') {
      return finishRun('cancel', {}, undefined);
    }
    for (const [node, begun] of running) {
      const why = { code: 'cancelled', message: 'the run ended before the node did', nodeId: node.node.id };
      emitFinished(node, begun, { status: 'cancelled', outputs: {}, error: why });
    }
    if (command === 'succeed' && percent < 100) {
      const { finished, reachable } = state.counts();
      log.emit({ type: 'progress', percent: 100, finishedNodes: finished, totalNodes: reachable });
    }
    if (error && !replay.failure) log.emit({ type: 'run_failed', error });
    // Sound: these four commands lead from running to their final state, as TRANSITIONS says.
    const status = move('running', command) as FinalState;
    const finishedAt = clock.now();
    const record = { outputs: results, ...(error && { error }), tokens, steps, finishedAt };
    const elapsedMs = Math.max(0, finishedAt - startedAt);
    log.emit({ type: 'run_finished', status, elapsedMs, startedAt, ...record });
    await log.flush({ state: status, ...record });
    return status;
  }

  return { execute };
}
