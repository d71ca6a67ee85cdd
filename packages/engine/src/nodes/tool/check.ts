import { escapePointer } from '../../definition/references.ts';
import type { Finding } from '../../definition/subject.ts';
import type { ToolDescription, ToolNode, WorkflowDefinition } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import { checkAuth, checkHeaders } from '../http/check.ts';
import { argumentProblems } from './arguments.ts';
import { invalidTool, serverOf, textMember } from './document.ts';
import { type Reading, readOperation, readOperations } from './read-operation.ts';

/** What is wrong with a tool node, as far as it can be seen before its references have values. */
export function* checkCall(
  node: ToolNode,
  at: string,
  { tools = {} }: WorkflowDefinition,
): Generator<Finding> {
  const description = Object.hasOwn(tools, node.tool) ? tools[node.tool] : undefined;
  if (!description) {
    const message = `the definition has no tool ${node.tool}`;
    yield { code: 'unknown_tool', message, pointer: `${at}/tool`, nodeId: node.id };
    return;
  }
  const operation = attempt(() => readOperation(description, node.operation));
  if (typeof operation === 'string') {
    yield { code: 'invalid_node', message: operation, pointer: `${at}/operation`, nodeId: node.id };
    return;
  }
  const given = { parameters: Object.keys(node.parameters ?? {}), hasBody: node.body !== undefined };
  for (const { member, message } of argumentProblems(operation, given)) {
    const pointer = [at, ...member.map(escapePointer)].join('/');
    yield { code: 'invalid_node', message, pointer, nodeId: node.id };
  }
}

/**
 * What is wrong with an API that a definition describes: `at` is the JSON pointer of the description. Nodes
 * that call it can rely on every operation that has an operationId.
 */
export function* checkToolDescription(description: ToolDescription, at: string): Generator<Finding> {
  yield* checkHeaders(description.headers ?? {}, `${at}/headers`);
  if (description.auth) yield* checkAuth(description.auth, `${at}/auth`);
  const version = textMember(description.openapi, 'openapi') ?? '';
  if (!/^3\.[0-2]\./.test(version)) {
    const message = 'the document must be OpenAPI 3.0, 3.1 or 3.2';
    yield { code: 'invalid_node', message, pointer: `${at}/openapi/openapi` };
    return;
  }
  const operations = attempt(() => readAll(description));
  if (typeof operations === 'string') {
    yield { code: 'invalid_node', message: operations, pointer: `${at}/openapi/paths` };
    return;
  }
  yield* checkOperations(description, operations, at);
}

function readAll(description: ToolDescription): readonly Reading[] {
  const readings = readOperations(description);
  if (readings.length === 0) throw invalidTool('the document has no operation with an operationId');
  return readings;
}

function* checkOperations(
  description: ToolDescription,
  readings: readonly Reading[],
  at: string,
): Generator<Finding> {
  const seen = new Set<string>();
  for (const reading of readings) {
    const { id, at: tokens } = reading.found;
    const pointer = [`${at}/openapi`, ...tokens.map(escapePointer)].join('/');
    if (seen.has(id)) {
      const message = `two operations have the operationId ${id}`;
      yield { code: 'invalid_node', message, pointer: `${pointer}/operationId` };
    }
    seen.add(id);
    if ('fault' in reading)
      yield { code: 'invalid_node', message: `${id}: ${reading.fault.message}`, pointer };
  }
  yield* checkServers(description, readings, at);
}

/** Tells one fault: operations usually share their server. */
function* checkServers(
  description: ToolDescription,
  readings: readonly Reading[],
  at: string,
): Generator<Finding> {
  for (const { found } of readings) {
    const server = attempt(() => ({ url: serverOf(description, found) }));
    if (typeof server !== 'string') continue;
    const pointer = description.server === undefined ? `${at}/openapi` : `${at}/server`;
    yield { code: 'invalid_node', message: server, pointer };
    return;
  }
}

/** What `read` answers, or why it cannot, in words. */
function attempt<T extends object>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof NodeError) return error.message;
    throw error;
  }
}
