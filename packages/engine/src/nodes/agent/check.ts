import { parseReferences } from '../../definition/references.ts';
import type { Finding } from '../../definition/subject.ts';
import type {
  AgentNode,
  HttpAgentTool,
  ToolDescription,
  WorkflowDefinition,
} from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import { describeOperations } from '../tool/operation.ts';

/** What is wrong with an agent's texts and tools. */
export function* checkAgent(node: AgentNode, at: string, definition: WorkflowDefinition): Generator<Finding> {
  yield* checkTexts(node, at);
  yield* checkTools(node, at, definition);
}

/** The secrets of its tools are for their APIs: what the model is shown may come back in its answer. */
function* checkTexts(node: AgentNode, at: string): Generator<Finding> {
  for (const member of ['instruction', 'prompt'] as const) {
    for (const part of parseReferences(node[member] ?? '')) {
      if (part.type !== 'reference' || part.reference.nodeId !== 'secret') continue;
      const message = `${part.source}: the texts of agent nodes take no secrets, as the model is shown them`;
      yield { code: 'secret_not_allowed', message, pointer: `${at}/${member}`, nodeId: node.id };
    }
  }
}

/** APIs and operations that are not there, and names that two tools have. */
function* checkTools(node: AgentNode, at: string, definition: WorkflowDefinition): Generator<Finding> {
  const names = new Set<string>();
  for (const [index, tool] of (node.tools ?? []).entries()) {
    const pointer = `${at}/tools/${index}`;
    if (tool.type === 'http') {
      yield* checkHttpTool(tool, pointer, node.id, definition);
      continue;
    }
    if (names.has(tool.name)) {
      const message = `two tools are called ${tool.name}`;
      yield { code: 'invalid_node', message, pointer: `${pointer}/name`, nodeId: node.id };
    }
    names.add(tool.name);
  }
}

function* checkHttpTool(
  { tool, operations = [] }: HttpAgentTool,
  at: string,
  nodeId: string,
  { tools = {} }: WorkflowDefinition,
): Generator<Finding> {
  const description = Object.hasOwn(tools, tool) ? tools[tool] : undefined;
  if (!description) {
    const message = `the definition has no tool ${tool}`;
    yield { code: 'unknown_tool', message, pointer: `${at}/tool`, nodeId };
    return;
  }
  const known = operationIds(description);
  for (const [index, operation] of operations.entries()) {
    if (known === undefined || known.includes(operation)) continue;
    const message = `the tool ${tool} has no operation ${operation}`;
    yield { code: 'invalid_node', message, pointer: `${at}/operations/${index}`, nodeId };
  }
}

/** Undefined for a document that cannot be read, which is a finding of the tool itself. */
function operationIds(description: ToolDescription): readonly string[] | undefined {
  try {
    return describeOperations(description).map(({ operationId }) => operationId);
  } catch (error) {
    if (error instanceof NodeError) return undefined;
    throw error;
  }
}
