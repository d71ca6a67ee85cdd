import { systemClock } from '../../clock.ts';
import { createScope } from '../../definition/references.ts';
import type { WorkflowDefinition } from '../../definition/types.ts';
import type { SchemaProblem, ValidateSchema } from '../../errors.ts';
import type { JsonObject } from '../../events.ts';
import type { ChatTurn, ModelChunk, ModelProvider, ModelRequest } from '../../ports.ts';
import type { NodeContext, NodeServices } from '../node-type.ts';

/** What a scripted model says to one request. */
export type Reply = string | readonly ModelChunk[];

const finish = (finishReason: string): ModelChunk => ({
  type: 'finish',
  model: 'scripted',
  tokens: { prompt: 10, completion: 3 },
  finishReason,
});

/** The chunks of a reply that asks for tools; the names tell them apart. */
export const callTools = (...calls: readonly (readonly [name: string, args: JsonObject])[]): ModelChunk[] => [
  ...calls.map(([name, args], index): ModelChunk => {
    return { type: 'tool_call', call: { id: `call_${index}`, name, arguments: args } };
  }),
  finish('tool_calls'),
];

/** A model that gives one reply a request, in order, and keeps the requests. A text is told in small pieces. */
export function createScriptedModel(replies: readonly Reply[]) {
  const requests: ModelRequest[] = [];
  const model: ModelProvider = {
    async *stream(request) {
      const reply = replies[requests.push(request) - 1];
      if (reply === undefined) throw new Error('the model was asked more often than its script says');
      if (typeof reply !== 'string') return yield* reply;
      for (const text of reply.match(/.{1,7}/gsu) ?? []) yield { type: 'text', text };
      yield finish('stop');
    },
  };
  return { model, requests };
}

interface TestedSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<
    Record<string, { type?: string | readonly string[]; enum?: readonly unknown[] }>
  >;
}

/** Checks `required`, and the types and enums of properties: enough for the schemas of these tests. */
export const validateSchema: ValidateSchema = (schema, value) => {
  // Sound: tests write no other schemas, and nodes have objects validated only.
  const [{ properties = {}, required = [] }, object] = [schema as TestedSchema, value as JsonObject];
  const problems: SchemaProblem[] = required
    .filter((name) => !Object.hasOwn(object, name))
    .map((name) => ({ pointer: '', code: 'required', message: `must have required property '${name}'` }));
  for (const [name, property] of Object.entries(properties)) {
    if (!Object.hasOwn(object, name)) continue;
    const [found, pointer] = [object[name], `/${name}`];
    if (property.type !== undefined && !isOfType([property.type].flat(), found)) {
      problems.push({ pointer, code: 'type', message: `must be ${property.type}` });
    }
    if (property.enum?.includes(found) === false) {
      problems.push({ pointer, code: 'enum', message: 'must be equal to one of the allowed values' });
    }
  }
  return problems;
};

function isOfType(types: readonly string[], value: unknown): boolean {
  if (types.includes('integer') && Number.isInteger(value)) return true;
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return types.includes(type);
}

interface ContextParts {
  readonly services?: Partial<NodeServices>;
  /** Outputs of the nodes before, by their ids. */
  readonly values?: Readonly<Record<string, JsonObject>>;
  readonly definition?: Partial<WorkflowDefinition>;
  readonly history?: readonly ChatTurn[];
  readonly signal?: AbortSignal;
}

/** The context of one attempt, and what the node wrote into it. */
export function createContext({ services, values = {}, definition, history = [], signal }: ContextParts) {
  const unused = (): never => {
    throw new Error('this test gave no such service');
  };
  const written = { text: [] as string[], reasoning: [] as string[] };
  const keep = (kind: 'text' | 'reasoning') => (text: string) => {
    written[kind].push(text);
    return undefined;
  };
  const context: NodeContext = {
    tenantId: 'tenant_1',
    scope: createScope({ valuesOf: (id) => values[id] }, 'node'),
    inputs: {},
    definition: { name: 'test', nodes: [], edges: [], ...definition },
    signal: signal ?? new AbortController().signal,
    services: {
      models: { stream: unused },
      http: { send: unused, close: unused },
      code: { run: unused, close: unused },
      mail: { send: unused, close: unused },
      clock: systemClock,
      validateSchema,
      ...services,
    },
    idempotencyKey: 'run_1/node',
    history,
    writeText: keep('text'),
    writeReasoning: keep('reasoning'),
  };
  return { context, written };
}
