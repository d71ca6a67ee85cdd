import { shorten } from '../../definition/subject.ts';
import type { AgentTool, CodeAgentTool, HttpAgentTool, WorkflowDefinition } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import type { ModelTool, ModelToolCall } from '../../ports.ts';
import { faultsOf } from '../model/structured.ts';
import type { NodeContext } from '../node-type.ts';
import { callOperation, describeOperations } from '../tool/operation.ts';

const CODE_TIMEOUT_MS = 10_000;
const CODE_MEMORY_MB = { javascript: 32, python: 128 } as const;
const MAX_RESULT = 32 * 1024;
const MAX_ERROR = 4 * 1024;
const MAX_NAME = 64;

/** What came of a call, as the model is told and as the node's outputs have it. */
export type ToolOutcome = { readonly result: JsonValue } | { readonly error: string };

/** The tools of one agent under names of their own. */
export interface Toolbox {
  readonly descriptions: readonly ModelTool[];
  /** A call that fails is an outcome. Throws the signal's reason, or what no tool foresaw. */
  call(call: ModelToolCall, context: NodeContext): Promise<ToolOutcome>;
}

interface Tool {
  readonly name: string;
  /** What stands before the name where another tool has it already. */
  readonly owner: string;
  readonly description: string;
  readonly parameters: JsonObject;
  run(args: JsonObject, context: NodeContext): Promise<JsonValue>;
}

/** Throws NodeError `unknown_tool` or `unknown_operation`, or `invalid_tool` for a document that is unusable. */
export function createToolbox(tools: readonly AgentTool[], definition: WorkflowDefinition): Toolbox {
  const byName = new Map<string, Tool>();
  // Code goes first: its author chose the name.
  const code = tools.flatMap((tool) => (tool.type === 'code' ? [codeTool(tool)] : []));
  const http = tools.flatMap((tool) => (tool.type === 'http' ? httpTools(tool, definition) : []));
  for (const tool of [...code, ...http]) byName.set(freeName(tool, byName), tool);

  return {
    descriptions: Array.from(byName, ([name, { description, parameters }]) => ({
      name,
      description,
      parameters,
    })),
    async call({ name, arguments: args }, context) {
      const tool = byName.get(name);
      if (!tool) return { error: shorten(`there is no tool ${name}`, MAX_ERROR) };
      try {
        return { result: bounded(await tool.run(args, context)) };
      } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof NodeError) return { error: shorten(error.message, MAX_ERROR) };
        throw error;
      }
    },
  };
}

function codeTool({ name, description, parameters, language, source }: CodeAgentTool): Tool {
  // Sound: a definition is JSON.
  const schema = parameters as JsonObject;
  return {
    name,
    owner: 'code',
    description,
    parameters: schema,
    async run(args, { services, signal, tenantId }) {
      const problems = services.validateSchema(schema, args);
      if (problems.length > 0) throw invalidArguments(faultsOf(problems));
      const limits = { timeoutMs: CODE_TIMEOUT_MS, memoryLimitMb: CODE_MEMORY_MB[language] };
      const job = { isolationKey: tenantId, language, source, inputs: args, ...limits };
      const { outputs } = await services.code.run(job, signal);
      return outputs;
    },
  };
}

const invalidArguments = (faults: string): NodeError =>
  new NodeError(`the arguments are wrong: ${faults}`, { code: 'invalid_parameters' });

function httpTools({ tool, operations }: HttpAgentTool, { tools = {} }: WorkflowDefinition): readonly Tool[] {
  const description = Object.hasOwn(tools, tool) ? tools[tool] : undefined;
  if (!description) throw new NodeError(`the definition has no tool ${tool}`, { code: 'unknown_tool' });
  const all = describeOperations(description);
  const missing = operations?.find((id) => all.every(({ operationId }) => operationId !== id));
  if (missing !== undefined) {
    throw new NodeError(`the tool ${tool} has no operation ${missing}`, { code: 'unknown_operation' });
  }
  const allowed = operations ? all.filter(({ operationId }) => operations.includes(operationId)) : all;
  return allowed.map(({ operationId, summary, parameters }) => ({
    name: operationId,
    owner: tool,
    description: summary,
    parameters,
    async run({ body, ...given }, context) {
      const args = { parameters: given, ...(body !== undefined && { body }) };
      const outcome = await callOperation(description, operationId, args, context);
      return { status: outcome.status, body: outcome.json ?? outcome.body };
    },
  }));
}

/** A name that models accept and no other tool has. */
function freeName({ name, owner }: Tool, taken: ReadonlyMap<string, Tool>): string {
  const [own, prefixed] = [toName(name), toName(`${owner}_${name}`)];
  if (!taken.has(own)) return own;
  let free = prefixed;
  for (let number = 2; taken.has(free); number++) free = `${prefixed.slice(0, MAX_NAME - 6)}_${number}`;
  return free;
}

const toName = (text: string): string => text.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_NAME);

/** A large result is cut: the model is to know what came, and to ask for less. */
function bounded(result: JsonValue): JsonValue {
  const text = textOfResult(result);
  if (text.length <= MAX_RESULT) return result;
  return `${text.slice(0, MAX_RESULT)}\n[cut: ${text.length - MAX_RESULT} more characters]`;
}

/** What the model is told of an outcome. */
export const tellOutcome = (outcome: ToolOutcome): string =>
  'error' in outcome ? `Error: ${outcome.error}` : textOfResult(outcome.result);

const textOfResult = (result: JsonValue): string =>
  typeof result === 'string' ? result : JSON.stringify(result);
