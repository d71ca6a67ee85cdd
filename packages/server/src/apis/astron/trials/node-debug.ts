import type { FlowNode, FlowProtocol, NodeDebugResult } from '@flowwire/contract/astron';
import {
  type NodeFinished,
  QueueFullError,
  type RunError,
  type RunSummary,
  UnknownSubflowError,
  type WorkflowDefinition,
} from '@flowwire/engine';
import type { Principal } from '../../../identity/principal.ts';
import type { AstronDeps, Part } from '../deps.ts';
import { createFaults } from '../dialect/faults.ts';
import { createFlowView, type FlowView } from '../dialect/flow-view.ts';
import { toUsage } from '../dialect/frames.ts';
import type { ErrorName } from '../errors.ts';
import { importProtocol } from '../flows/protocol.ts';
import { tooManyWait } from '../refusals.ts';
import { refused, told } from '../replies.ts';

/** Types that mean nothing without the nodes around them, or without a person. */
const NOT_ALONE = new Set([
  'node-start',
  'question-answer',
  'iteration',
  'iteration-node-start',
  'iteration-node-end',
  'loop',
  'loop-node-start',
  'loop-node-end',
  'loop-exit',
]);

const START = 'node-start::debug';
const END = 'node-end::debug';
/** Where the node stands in the request. */
const POINTER = '/data/nodes/0';

/** Tries out single nodes. */
export const createNodeDebugHandlers = (deps: AstronDeps): Part<'debugNode'> => ({
  async debugNode({ body, context, signal }) {
    const { errors, checkSchema, now } = deps;
    const [node] = body.data.nodes;
    if (!node) return refused(errors, 'NODE_DEBUG_ERROR', 'the graph has no node');
    if (NOT_ALONE.has(typeOf(node)))
      return refused(errors, 'NODE_DEBUG_ERROR', `a node of the type ${typeOf(node)} cannot be run alone`);
    const references = referencesOf(node);
    if (references.length > 0)
      return refused(errors, 'NODE_DEBUG_ERROR', 'its inputs must be literal values', references);
    const imported = await importProtocol(flowAround(node), checkSchema);
    if (!imported.ok) {
      const findings = imported.findings.map((finding) => ({
        ...finding,
        in: 'body' as const,
        pointer: POINTER,
      }));
      return refused(errors, imported.error, imported.detail, findings);
    }
    const ran = await run(deps, context, imported.definition, signal);
    if ('status' in ran) return ran;
    const view = createFlowView(imported);
    const finished = await finishedNodes(deps, ran.id);
    if (ran.error) return refused(errors, nameOfFailure(view, finished, ran.error), ran.error.message);
    return told(resultOf(view, finished, node), now());
  },
});

const typeOf = ({ id }: FlowNode): string => id.split('::', 1)[0] ?? '';

const referencesOf = ({ data: { inputs = [] } }: FlowNode) =>
  inputs.flatMap(({ name, schema: { value } }, index) =>
    value.type === 'literal'
      ? []
      : [
          {
            in: 'body' as const,
            pointer: `${POINTER}/data/inputs/${index}/schema/value`,
            message: `the input ${name} must be a literal value`,
          },
        ],
  );

/** The node between a start and an end, without retries. All of its branches lead to the end. */
function flowAround({ id, data: { retryConfig: _, ...data } }: FlowNode): FlowProtocol {
  const helper = (helperId: string, nodeParam: Record<string, unknown>): FlowNode => ({
    id: helperId,
    data: { nodeMeta: { nodeType: 'node', aliasName: helperId }, nodeParam },
  });
  const isEnd = id.startsWith('node-end::');
  const branches = isEnd ? [] : branchesOf(data.nodeParam ?? {});
  return {
    data: {
      nodes: [helper(START, {}), { id, data }, ...(isEnd ? [] : [helper(END, { outputMode: 0 })])],
      edges: [
        { sourceNodeId: START, targetNodeId: id },
        ...branches.map((sourceHandle) => ({ sourceNodeId: id, targetNodeId: END, sourceHandle })),
      ],
    },
  };
}

/** The handles of a node's outcomes; one for plain success. */
function branchesOf({ cases, intentChains }: Readonly<Record<string, unknown>>): string[] {
  const listed: unknown[] = [cases, intentChains].flatMap((list) => (Array.isArray(list) ? list : []));
  const ids = listed.flatMap((item) => {
    const id: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'id') : undefined;
    return typeof id === 'string' ? [id] : [];
  });
  return ids.length > 0 ? ids : [''];
}

/**
 * Runs the definition to its end, or to a question. Throws the signal's reason, or ProblemError when too many runs wait.
 */
async function run(
  { service, defaults, errors }: AstronDeps,
  { tenantId, keyId }: Principal,
  definition: WorkflowDefinition,
  signal: AbortSignal,
) {
  try {
    const started = await service.startOneOff({
      kind: 'trial',
      tenantId,
      userId: keyId,
      definition,
      inputs: {},
      timeoutMs: defaults.timeoutMs,
      onDisconnect: 'cancel',
      disconnectGraceMs: 0,
    });
    if (started.outcome === 'conflict') throw new Error('a run without a key met another one');
    if (!(await asks(service, started.run, signal))) return await service.result(started.run, signal);
    await service.cancel(tenantId, started.run.id);
    return refused(errors, 'NODE_DEBUG_ERROR', 'its sub-flow asks a question, which nobody can answer here');
  } catch (error) {
    if (error instanceof QueueFullError) throw tooManyWait();
    if (!(error instanceof UnknownSubflowError)) throw error;
    return refused(errors, 'WORKFLOW_EXECUTION_ERROR', error.message);
  }
}

/** Reads a run until it asks somebody something; false when it has ended, or the signal has come. */
async function asks(service: AstronDeps['service'], run: RunSummary, signal: AbortSignal): Promise<boolean> {
  const reader = service.follow(run, run.lastSeq, ({ event }) => event.type);
  const stop = (): void => void reader.return();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const type of reader) if (type === 'question_asked') return true;
    return false;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What is said of a run is said of the node here. */
const OF_NODE: Partial<Record<ErrorName, ErrorName>> = {
  OPEN_API_STREAM_QUEUE_TIMEOUT_ERROR: 'NODE_RUN_TIMEOUT_ERROR',
  ENG_RUN_ERROR: 'NODE_DEBUG_ERROR',
};

function nameOfFailure(view: FlowView, finished: readonly NodeFinished[], error: RunError): ErrorName {
  const faults = createFaults(view);
  for (const event of finished) faults.take(event);
  const { name } = faults.explain(error);
  return OF_NODE[name] ?? name;
}

async function finishedNodes({ log }: Pick<AstronDeps, 'log'>, runId: string): Promise<NodeFinished[]> {
  const stored = await log.readTypes(runId, ['node_finished']);
  return stored.flatMap(({ event }) => (event.type === 'node_finished' ? [event] : []));
}

function resultOf(
  view: FlowView,
  finished: readonly NodeFinished[],
  { id, data: { nodeMeta } }: FlowNode,
): NodeDebugResult {
  const values = view.seeValues();
  for (const event of finished) values.take(event);
  const own = finished.filter(({ nodeId, scope }) => view.nodeOf(nodeId, scope)?.id === id);
  const [first] = own;
  const viewed = first && view.nodeOf(first.nodeId, first.scope);
  const facts = values.at(undefined);
  const text = own.map(({ outputs }) => outputs.text).find((one) => typeof one === 'string') ?? '';
  const total = (count: (event: NodeFinished) => number) => own.reduce((sum, event) => sum + count(event), 0);
  return {
    node_id: id,
    alias_name: nodeMeta.aliasName,
    node_type: nodeMeta.nodeType,
    input: JSON.stringify(viewed?.inputs(facts) ?? {}),
    raw_output: String(text),
    output: JSON.stringify(viewed?.outputs(facts) ?? {}),
    node_exec_cost: (total(({ elapsedMs }) => elapsedMs) / 1000).toFixed(3),
    token_cost: toUsage({
      prompt: total(({ tokens }) => tokens.prompt),
      completion: total(({ tokens }) => tokens.completion),
    }),
  };
}
