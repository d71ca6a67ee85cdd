import type {
  AggregatorNode,
  RetryPolicy,
  WorkflowDefinition,
  WorkflowNode,
} from '../../definition/types.ts';
import { typeOf } from '../../nodes/index.ts';
import type { Conversion } from './conversion.ts';
import type { DifyNode } from './file.ts';
import { parseJsonText } from './json-text.ts';
import { outputPath } from './outputs.ts';
import { at, isTrueAt, itemsAt, numberAt, type Place, textAt } from './place.ts';

const MAX_ATTEMPTS = 10;
const MAX_BACKOFF_MS = 60_000;

/** Types whose failures Dify lets default values stand in for, and that can fail with a branch here. */
const WITH_DEFAULTS: ReadonlySet<string> = new Set(['llm', 'http-request', 'code', 'parameter-extractor']);

export const hasDefaults = ({ type, data }: Pick<DifyNode, 'type' | 'data'>): boolean =>
  WITH_DEFAULTS.has(type) && textAt(data, 'error_strategy') === 'default-value';

export const hasRetry = (data: Place): boolean =>
  isTrueAt(data, 'retry_config', 'retry_enabled') || isTrueAt(data, 'retry_config', 'enabled');

/**
 * The nodes of a conversion with what happens when the last one fails: further attempts, a branch, or an
 * aggregator behind it that holds its outputs or the default values.
 */
export function withFailures(
  nodes: readonly WorkflowNode[],
  conversion: Conversion,
): readonly WorkflowNode[] {
  const main = nodes.at(-1);
  if (!main) return nodes;
  const before = nodes.slice(0, -1);
  const retry = readRetry(main, conversion);
  const tried = retry ? { ...main, retry } : main;
  const branching = { ...tried, on_error: 'branch' as const };
  if (hasDefaults(conversion.node)) return [...before, branching, defaultsNode(branching, conversion)];
  if (conversion.branches && typeOf(main).fallible !== false) return [...before, branching];
  const strategy = textAt(conversion.data, 'error_strategy') ?? 'none';
  if (strategy !== 'none') conversion.note('a failure ends the run, where Dify goes on without the outputs');
  return [...before, tried];
}

function readRetry(main: WorkflowNode, { data, note }: Conversion): RetryPolicy | undefined {
  if (!hasRetry(data) || typeOf(main).fallible !== 'retry') return undefined;
  const retries = Math.max(0, Math.trunc(numberAt(data, 'retry_config', 'max_retries') ?? 3));
  const interval = Math.max(0, Math.trunc(numberAt(data, 'retry_config', 'retry_interval') ?? 1_000));
  if (retries >= MAX_ATTEMPTS) note(`at most ${MAX_ATTEMPTS} attempts are made`);
  if (interval > MAX_BACKOFF_MS) note(`retries wait at most ${MAX_BACKOFF_MS} ms`);
  const wait = Math.min(interval, MAX_BACKOFF_MS);
  // The two limits are the same, so that the wait does not grow: Dify's is fixed.
  return { max_attempts: Math.min(retries + 1, MAX_ATTEMPTS), backoff_ms: wait, max_backoff_ms: wait };
}

/** Holds each output of a node, or its default value after a failure. */
function defaultsNode(main: WorkflowNode, conversion: Conversion): AggregatorNode {
  const { node, note } = conversion;
  const groups = new Map<string, unknown[]>();
  for (const field of [...outputsOf(main), 'error_message', 'error_code']) {
    groups.set(field, [`{{ ${node.id}.${field} }}`]);
  }
  for (const item of itemsAt(node.data, 'default_value')) {
    const key = textAt(item, 'key') ?? '';
    const output = outputPath(node, [key]);
    const values = 'path' in output && groups.get(output.path.join('.'));
    const value = conversion.constant(defaultValue(item));
    if (!values) note(`the default value of ${key.slice(0, 60)} is not kept, as there is no such output`);
    // Null is what an aggregator passes over in any case.
    else if (value !== null && value !== undefined) values.push(value);
  }
  note('after a failure an aggregator gives the default values; text does not stream through it');
  const title = node.title === undefined ? {} : { title: node.title };
  return { id: node.outputsId, type: 'aggregator', ...title, groups: Object.fromEntries(groups) };
}

function outputsOf(main: WorkflowNode): readonly string[] {
  const nothing: WorkflowDefinition = { name: 'nothing', nodes: [], edges: [] };
  return typeOf(main).outputs(main, nothing) ?? [];
}

/** A default value with its type: the file has structures as JSON text. */
function defaultValue(item: Place): unknown {
  const { value } = at(item, 'value');
  if (typeof value !== 'string' || textAt(item, 'type') === 'string') return value;
  return parseJsonText(value) ?? value;
}
