import { setMaxListeners } from 'node:events';
import { compileGraph, type Graph, InvalidGraphError } from '../definition/graph.ts';
import { sizeOf } from '../definition/size.ts';
import type { WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import { bodyOf } from '../definition/walk.ts';
import { NodeError } from '../errors.ts';
import type { FinalState, JsonObject, JsonValue, NodeFinished, RunError, RunEvent } from '../events.ts';
import type { NodeServices } from '../nodes/node-type.ts';
import {
  type Conversation,
  type ConversationStore,
  type EventLog,
  FencedError,
  type Run,
  type SecretStore,
  subflowKey,
} from '../ports.ts';
import { move } from '../run-state.ts';
import { MAX_SUBFLOWS } from './containers.ts';
import type { RunContext } from './context.ts';
import { createRunControl, type RunControl } from './control.ts';
import { loadConversation, saveConversation } from './conversation.ts';
import { createRootFrame } from './frame.ts';
import { createGraphRun } from './graph-run.ts';
import { nodeFinished } from './node-events.ts';
import { createQuestions } from './questions.ts';
import { type Replay, readReplay, replayOf } from './replay.ts';
import { readReused } from './reuse.ts';
import { createRunLog } from './run-log.ts';
import { createSlots } from './slots.ts';
import { createTally } from './tally.ts';

export interface ExecuteDeps {
  readonly log: EventLog;
  readonly services: NodeServices;
  readonly secrets?: Pick<SecretStore, 'read'>;
  readonly conversations?: ConversationStore;
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

export interface ExecuteOptions {
  /** The server failed under the run before: it only ends it as failed. */
  readonly failure?: RunError | undefined;
  readonly control?: RunControl;
}

/** What became of a claim. */
export type Executed = FinalState | 'released' | 'fenced' | 'paused' | 'waiting';

type Ending =
  | { readonly command: 'succeed' | 'cancel' | 'release' | 'pause' | 'ask' }
  | { readonly command: 'fail' | 'time_out'; readonly error: RunError }
  | { readonly command: 'lost'; readonly error: unknown };

const MAX_PARALLEL_NODES = 16;
const MAX_NODE_CRASHES = 3;
const MIN_CLAIMS = 10;
const MAX_RUN_OUTPUTS = 8 * 1024 * 1024;
const ENDED = new Error('the run has ended');

/**
 * Runs a claimed run from wherever its log has come to, and answers how that ended.
 *
 * Nodes whose predecessors are all decided run at once, at most 16 of them. A node that cannot go on
 * ends the run, unless it branches on errors. Finished nodes of an earlier claim are not run again;
 * unfinished ones are, after a `node_retry`; a node that was interrupted `maxNodeCrashes` times fails
 * the run (`poison_node`), as it probably takes its process down. It may do so before anything is
 * committed, so that a run which was claimed more than ten times (`maxNodeCrashes` times, if that is more)
 * fails as well (`poison_run`); claims that ended in a release count too, those for its pauses, questions and answers
 * do not.
 *
 * Nodes that never wait yield to the event loop once its turn takes 10 ms. What the references of one node
 * bring in is limited to 4 MiB (UTF-16 units; `output_too_large`), the outputs of a run's end and answer
 * nodes together to 8 MiB (`outputs_too_large`). A cancel that comes before the end is handed to the store
 * is obeyed, even if all nodes have ended.
 *
 * `paused`: it was wished, and all nodes under way have ended. `waiting`: all that is left is to be answered by people.
 * Both are stored, unless the store has queued the run again for what was asked meanwhile.
 * `released`: the signal asked for it; what was emitted is committed and the run has not ended.
 * `fenced`: the run was claimed again elsewhere; nothing more was written.
 * Throws the store's error when it cannot commit: nothing more was written, the run has not ended.
 */
export async function executeRun(
  run: Run,
  deps: ExecuteDeps,
  signal: AbortSignal,
  { failure, control = createRunControl([], run.pauseRequested) }: ExecuteOptions = {},
): Promise<Executed> {
  const { replay, first } = await begin(run, deps);
  if (replay.ended) return replay.ended;
  const conversation = await loadConversation(run, deps.conversations);
  return createExecution({ run, replay, deps, signal, control, conversation }).execute(first, failure);
}

/** What the log says, and for a new run the events that it begins with. */
async function begin(
  run: Run,
  { log, services }: ExecuteDeps,
): Promise<{ replay: Replay; first: RunEvent[] }> {
  if (run.lastSeq > 0) return { replay: await readReplay(log, run.id), first: [] };
  const { workflowId, inputs, reuse } = run;
  const started: RunEvent = {
    type: 'run_started',
    workflowId,
    inputs,
    ...(reuse && { reusedFrom: reuse.runId }),
  };
  const first = [started, ...(await readReused(log, run))];
  return { replay: replayOf(first, services.clock.now()), first };
}

/** An invalid definition must not get here; one that does fails its run instead of being claimed for ever. */
function compile(definition: WorkflowDefinition): { readonly graph: Graph; readonly broken?: RunError } {
  try {
    return { graph: compileGraph(definition) };
  } catch (error) {
    if (!(error instanceof InvalidGraphError)) throw error;
    const graph = compileGraph({ nodes: [], edges: [] });
    return { graph, broken: { code: 'invalid_definition', message: error.message } };
  }
}

interface ExecutionOptions {
  readonly run: Run;
  readonly replay: Replay;
  readonly deps: ExecuteDeps;
  readonly signal: AbortSignal;
  readonly control: RunControl;
  readonly conversation: Conversation;
}

// One closure over one run's state: splitting it further would only pass that state around.
function createExecution({ run, replay, deps, signal, control, conversation }: ExecutionOptions) {
  const { log: eventLog, services, random, conversations, maxNodeCrashes = MAX_NODE_CRASHES } = deps;
  const { clock } = services;
  const { graph, broken } = compile(run.definition);
  const startedAt = run.startedAt ?? replay.startedAt ?? clock.now();
  const deadline = startedAt + run.timeoutMs;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const slots = createSlots(MAX_PARALLEL_NODES);
  const tally = createTally(replay, clock);
  const questions = createQuestions(clock, stop.signal, control.look);
  let outputSize = 0;
  let isPausing = false;
  let restCheck: NodeJS.Immediate | undefined;
  let ending: Ending | undefined;
  let resolveEnded: (ending: Ending) => void = () => undefined;
  const untilEnded = new Promise<Ending>((resolve) => {
    resolveEnded = resolve;
  });

  const log = createRunLog({
    log: eventLog,
    lease: { runId: run.id, epoch: run.epoch },
    lastSeq: run.lastSeq,
    beforeCommit: tellProgress,
    onFailure: lose,
  });

  const context: RunContext = {
    run,
    replay,
    log,
    services,
    secrets: deps.secrets,
    history: conversation.history,
    slots,
    questions,
    stop: stop.signal,
    random,
    maxNodeCrashes,
    nextIndex: tally.nextIndex,
    isEnding: () => ending !== undefined,
    lose,
    tellFinished: (node, begun, how) => tellFinished(nodeFinished(node, begun, how, clock.now())),
    noteRest() {
      if (isPausing || questions.open() > 0) restCheck ??= setImmediate(checkRest);
    },
    subflow(workflow, version) {
      const definition = run.subflows?.[subflowKey(workflow, version)];
      if (definition) return definition;
      throw new NodeError(`there is no workflow ${workflow}`, { code: 'unknown_workflow' });
    },
    hasAnswers: (container) => hasAnswersInside(container, run),
  };
  const frame = createRootFrame(context, conversation, startedAt);
  const root = createGraphRun(context, {
    graph,
    scope: undefined,
    frame,
    outer: frame.roots,
    parent: undefined,
    setBinding: (owner) => {
      throw new NodeError(`there is no loop ${owner} around the node`, { code: 'invalid_operation' });
    },
    onEnd: () => end({ command: 'succeed' }),
    onFailure: (error) => end({ command: 'fail', error }),
    onOutputs: ({ node }, values) => limitOutputs(node, values),
  });

  async function execute(first: readonly RunEvent[], failure: RunError | undefined): Promise<Executed> {
    const onStop = (): void => end({ command: stopCommand() });
    signal.addEventListener('abort', onStop, { once: true });
    try {
      for (const event of first) log.emit(event);
      goOn(failure);
      return await conclude(await untilEnded);
    } catch (error) {
      if (error instanceof FencedError) return 'fenced';
      throw error;
    } finally {
      signal.removeEventListener('abort', onStop);
      clearImmediate(restCheck);
    }
  }

  function stopCommand(): StopRun['command'] {
    const reason: unknown = signal.reason;
    return reason instanceof StopRun ? reason.command : 'cancel';
  }

  function goOn(failure: RunError | undefined): void {
    const earlier = restore();
    if (signal.aborted) end({ command: stopCommand() });
    else if (failure) end({ command: 'fail', error: failure });
    else if (broken) end({ command: 'fail', error: broken });
    else if (earlier) end(earlier);
    else if (run.cancelRequested) end({ command: 'cancel' });
    else if (deadline <= clock.now()) end(timedOut());
    else if (run.epoch > Math.max(MIN_CLAIMS, maxNodeCrashes) + replay.rests && !hasWaited())
      end(poisonRun());
    control.attach({ onPaused, onAnswer: questions.answer });
    // Nothing is at work: a pause that is wished comes true at once.
    if (isPausing) end({ command: 'pause' });
    if (ending) return;
    clock.sleep(deadline - clock.now(), stop.signal).then(
      () => end(timedOut()),
      () => undefined,
    );
    if (replay.isPaused) log.emit({ type: 'run_resumed' });
    root.begin();
    context.noteRest();
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

  /** Such a run is claimed again and again with good reason, and has shown that it survives its claims. */
  const hasWaited = (): boolean =>
    replay.isPaused || [...replay.unfinished.values()].some(({ question }) => question !== undefined);

  /** Takes over what the log says. Answers the ending that an earlier claim had begun to write, if any. */
  function restore(): Ending | undefined {
    const error = root.restore();
    if (replay.failure) {
      return {
        command: replay.failure.code === 'run_timed_out' ? 'time_out' : 'fail',
        error: replay.failure,
      };
    }
    if (error) return { command: 'fail', error };
    const isCancelled = replay.finished.some(
      ({ scope, status }) => scope === undefined && status === 'cancelled',
    );
    return isCancelled ? { command: 'cancel' } : undefined;
  }

  function onPaused(isWished: boolean): void {
    isPausing = isWished;
    if (isWished) slots.close();
    else slots.open();
    context.noteRest();
  }

  /** Nobody works, and only people or a resume can change that: the run gives its place to another one. */
  function checkRest(): void {
    restCheck = undefined;
    if (ending || !slots.isIdle() || questions.isExpiring()) return;
    if (isPausing) end({ command: 'pause' });
    else if (questions.open() > 0) end({ command: 'ask' });
  }

  function tellFinished(event: NodeFinished): void {
    tally.add(event);
    log.emit(event);
  }

  function limitOutputs({ id, type }: WorkflowNode, values: JsonObject): void {
    if (type !== 'end' && type !== 'answer') return;
    outputSize += sizeOf(values);
    if (outputSize <= MAX_RUN_OUTPUTS) return;
    const message = `the run's outputs are larger than ${MAX_RUN_OUTPUTS} characters`;
    end({ command: 'fail', error: { code: 'outputs_too_large', message, nodeId: id } });
  }

  function lose(error: unknown): void {
    end({ command: 'lost', error });
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
    const { finished, reachable } = root.counts();
    const share = (finished + root.partial()) / Math.max(1, reachable);
    if (!ending) tellShare(Math.min(0.99, share));
  }

  function tellShare(share: number): void {
    const progress = tally.progress(share, root.counts());
    if (progress) log.emit(progress);
  }

  async function conclude(how: Ending): Promise<Executed> {
    switch (how.command) {
      case 'lost':
        throw how.error;
      case 'release':
        await log.flush();
        return 'released';
      case 'pause':
      case 'ask':
        return suspend(how.command);
      case 'succeed':
        return succeed();
      default:
        return finishRun(how.command, {}, 'error' in how ? how.error : undefined);
    }
  }

  async function suspend(command: 'pause' | 'ask'): Promise<'paused' | 'waiting'> {
    const state = command === 'pause' ? 'paused' : 'waiting';
    if (state === 'paused' && !replay.isPaused) log.emit({ type: 'run_paused' });
    const wakeAt = state === 'paused' ? deadline : Math.min(deadline, questions.firstExpiry() ?? deadline);
    await log.flush({
      state: move('running', command),
      wakeAt,
      answersSeen: questions.answersSeen(),
      ...tally.totals(),
    });
    return state;
  }

  function succeed(): Promise<FinalState> {
    const results = collectOutputs();
    const schema = run.definition.outputs;
    const [problem] = schema ? services.validateSchema(schema, results) : [];
    if (!problem) return finishRun('succeed', results, undefined);
    const message = `the outputs break the workflow's schema: ${problem.pointer || '/'} ${problem.message}`;
    return finishRun('fail', {}, { code: 'invalid_outputs', message });
  }

  /** All outputs of the end nodes; `answer` joins the answers in the order in which they were told. */
  function collectOutputs(): JsonObject {
    const collected: [string, JsonValue][] = [];
    for (const { node } of graph.nodes) {
      if (node.type === 'end') collected.push(...Object.entries(root.outputsOf(node.id) ?? {}));
    }
    const told = root.answers.turns.filter((nodeId) => graph.get(nodeId)?.node.type !== 'end');
    const texts = told.map((nodeId) => root.outputsOf(nodeId)?.answer ?? '');
    if (told.length > 0) collected.push(['answer', texts.join('')]);
    return Object.fromEntries(collected);
  }

  async function finishRun(
    command: 'succeed' | 'fail' | 'cancel' | 'time_out',
    results: JsonObject,
    error: RunError | undefined,
  ): Promise<FinalState> {
    const variables = frame.variables.changedOfConversation();
    const outputs = command === 'succeed' ? results : undefined;
    // What changed a variable is in the log before the variable is kept: it would be changed twice else.
    if (run.conversationId !== undefined) await log.flush();
    await saveConversation(run, conversations, clock, { variables, outputs });
    // Whoever cancelled may have been told that the run was still running.
    if (command === 'succeed' && signal.aborted && stopCommand() === 'cancel') {
      return finishRun('cancel', {}, undefined);
    }
    root.cancel();
    for (const event of tally.cancelUnfinished()) tellFinished(event);
    if (command === 'succeed') tellShare(1);
    if (error && !replay.failure) log.emit({ type: 'run_failed', error });
    // Sound: these four commands lead from running to their final state, as TRANSITIONS says.
    const status = move('running', command) as FinalState;
    const finishedAt = clock.now();
    const record = { outputs: results, ...(error && { error }), ...tally.totals(), finishedAt };
    const elapsedMs = Math.max(0, finishedAt - startedAt);
    log.emit({ type: 'run_finished', status, elapsedMs, startedAt, ...record });
    await log.flush({ state: status, nodes: tally.ended(), ...record });
    return status;
  }

  return { execute };
}

/** Whether answer nodes are inside a container. Subflows that lead back to themselves end at the nesting limit. */
function hasAnswersInside(node: WorkflowNode, run: Run, depth = 0): boolean {
  const inside =
    node.type === 'subflow' ? run.subflows?.[subflowKey(node.workflow, node.version)] : bodyOf(node);
  if (!inside || depth > MAX_SUBFLOWS) return false;
  return inside.nodes.some((one) => one.type === 'answer' || hasAnswersInside(one, run, depth + 1));
}
