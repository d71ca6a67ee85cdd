import type { GraphNode } from '../definition/graph.ts';
import { createScope, parseReferences, type RunFacts, stringsIn } from '../definition/references.ts';
import type { WorkflowNode } from '../definition/types.ts';
import { NodeError, toNodeError } from '../errors.ts';
import type { JsonObject, VariableChanges } from '../events.ts';
import { isDeeperThan, MAX_DEPTH } from '../json.ts';
import { typeOf } from '../nodes/index.ts';
import type { LeafType, NodeContext, NodeResult } from '../nodes/node-type.ts';
import type { AnswerStream } from './answer-stream.ts';
import { withTimeLimit } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import type { Frame, RunContext } from './context.ts';
import { nodeRetry, nodeStarted, type RunningNode } from './node-events.ts';
import { inScope, keyOf } from './scope.ts';
import { nextTurn } from './turns.ts';

/** Where a node runs. */
export interface NodePlace {
  readonly frame: Frame;
  readonly facts: RunFacts;
  readonly answers: AnswerStream;
  /** Aborts when the run or the graph around stops. */
  readonly stop: AbortSignal;
  /** Changes variables, as the nodes here see them. */
  readonly assign: (changes: VariableChanges) => void;
}

/**
 * Runs a leaf to its result, with as many attempts as its policy allows. Throws NodeError, or the stop signal's
 * reason.
 */
export async function runAttempts(
  context: RunContext,
  place: NodePlace,
  node: GraphNode,
  begun: RunningNode,
  predecessorId: string | undefined,
): Promise<NodeResult> {
  const { log, services, random } = context;
  for (;;) {
    log.emit(nodeStarted(node, begun, predecessorId));
    try {
      const turn = nextTurn();
      if (turn) await turn;
      place.stop.throwIfAborted();
      return checkDepth(await runAttempt(context, place, node, begun));
    } catch (cause) {
      const error = toNodeError(cause);
      const policy = 'retry' in node.node ? node.node.retry : undefined;
      begun.failures++;
      const isLast = !error.retryable || !policy || begun.failures >= policy.max_attempts;
      if (isLast || context.isEnding() || place.stop.aborted) throw error;
      begun.attempt++;
      const delayMs = backoffMs(policy, begun.failures, error.retryAfterMs, random);
      const firstText = place.answers.restart(node.node.id) ?? log.lastSeq + 1;
      const discardFromSeq = Math.min(firstText, begun.firstReasoningSeq ?? firstText);
      begun.firstReasoningSeq = undefined;
      log.emit(nodeRetry(node, begun, error, discardFromSeq, delayMs));
      await services.clock.sleep(delayMs, place.stop);
    }
  }
}

export function checkDepth(result: NodeResult): NodeResult {
  if (!isDeeperThan(result.outputs, MAX_DEPTH)) return result;
  throw new NodeError(`outputs nest deeper than ${MAX_DEPTH} levels`, { code: 'output_too_deep' });
}

async function runAttempt(
  context: RunContext,
  place: NodePlace,
  { node }: GraphNode,
  begun: RunningNode,
): Promise<NodeResult> {
  // Sound: the graph calls this for leaves only.
  const type = typeOf(node) as LeafType<WorkflowNode>;
  const secrets = type.takesSecrets ? await readSecrets(context, place.frame, node) : undefined;
  const limit = type.timeoutMs?.(node);
  // Nodes that wait for nothing get no timer and no signal of their own.
  if (limit === undefined) {
    const result = type.execute(node, nodeContext(context, place, node, begun, place.stop, secrets));
    // At once: a node beside this one may change the same variable before the end of this one is told.
    if (!(result instanceof Promise) && result.variables) place.assign(result.variables);
    return result;
  }
  return withTimeLimit(limit, place.stop, context.services.clock, (signal) =>
    type.execute(node, nodeContext(context, place, node, begun, signal, secrets)),
  );
}

/** What one attempt of a node may read and do. */
export function nodeContext(
  { run, log, services, history }: RunContext,
  { frame, facts, answers }: NodePlace,
  node: WorkflowNode,
  begun: RunningNode,
  signal: AbortSignal,
  secrets?: JsonObject,
): NodeContext {
  const { scope } = begun;
  const known = secrets ? withSecrets(facts, secrets) : facts;
  return {
    tenantId: run.tenantId,
    scope: createScope(known, node.id),
    inputs: frame.inputs,
    definition: frame.definition,
    signal,
    services,
    history,
    idempotencyKey: `${run.id}/${keyOf(node.id, scope)}`,
    writeText(text) {
      if (signal.aborted) return undefined;
      answers.addText(node.id, text);
      return log.room();
    },
    writeReasoning(text) {
      if (signal.aborted || text === '') return undefined;
      const seq = log.emit({ type: 'reasoning_delta', nodeId: node.id, ...inScope(scope), text });
      begun.firstReasoningSeq ??= seq;
      return log.room();
    },
  };
}

const withSecrets = ({ valuesOf }: RunFacts, secrets: JsonObject): RunFacts => ({
  valuesOf: (name) => (name === 'secret' ? secrets : valuesOf(name)),
});

// A node belongs to one definition, so the names live as long as that does.
const secretNames = new WeakMap<WorkflowNode, readonly string[]>();

function namesIn(node: WorkflowNode, { definition }: Frame): readonly string[] {
  const known = secretNames.get(node);
  if (known) return known;
  const names = new Set<string>();
  const tools = toolsOf(node).map((name) => definition.tools?.[name]);
  for (const { text } of stringsIn([node, tools], '')) {
    for (const part of parseReferences(text)) {
      if (part.type === 'reference' && part.reference.nodeId === 'secret')
        names.add(String(part.reference.path[0]));
    }
  }
  secretNames.set(node, [...names]);
  return [...names];
}

/** The names of the definition's tools that a node calls. */
function toolsOf(node: WorkflowNode): readonly string[] {
  if (node.type === 'tool') return [node.tool];
  return node.type === 'agent'
    ? (node.tools ?? []).flatMap((one) => (one.type === 'http' ? one.tool : []))
    : [];
}

async function readSecrets(
  { secrets, run }: RunContext,
  frame: Frame,
  node: WorkflowNode,
): Promise<JsonObject | undefined> {
  const names = namesIn(node, frame);
  if (names.length === 0) return undefined;
  const values = (await secrets?.read(run.tenantId, names)) ?? new Map<string, string>();
  const missing = names.find((name) => !values.has(name));
  if (missing === undefined) return Object.fromEntries(values);
  throw new NodeError(`there is no secret ${missing}`, { code: 'unknown_secret' });
}
