import type { Scope } from '../definition/references.ts';
import type { Finding } from '../definition/subject.ts';
import type { WorkflowBody, WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import type { ValidateSchema } from '../errors.ts';
import type { JsonObject, JsonValue, QuestionReply, TokenUsage, VariableChanges } from '../events.ts';
import type { ChatTurn, Clock, ModelProvider } from '../ports.ts';
import type { CodeSandbox } from './code/sandbox.ts';
import type { HttpSender } from './http/sender.ts';
import type { MailSender } from './notify/mail.ts';

/** What nodes use of the outside world. One set serves every run of a process. */
export interface NodeServices {
  readonly models: ModelProvider;
  readonly http: HttpSender;
  readonly code: CodeSandbox;
  readonly mail: MailSender;
  readonly validateSchema: ValidateSchema;
  readonly clock: Clock;
}

/** One attempt of one node. */
export interface NodeContext {
  readonly tenantId: string;
  /** Outputs of the nodes before, and the facts under `sys`, `env`, `vars` and `secret`. */
  readonly scope: Scope;
  readonly inputs: JsonObject;
  /** The definition that the node is part of; for what its nodes share, such as `tools`. */
  readonly definition: WorkflowDefinition;
  /** Aborts when the attempt's time is over or the run ends. */
  readonly signal: AbortSignal;
  readonly services: NodeServices;
  /** The same for every attempt of one node of one run. */
  readonly idempotencyKey: string;
  /** What was said in the conversation before this run, oldest first; empty outside of one. */
  readonly history: readonly ChatTurn[];
  /** A piece of the output `text`, for the person who waits. Resolves when there is room for more. */
  writeText(text: string): Promise<void> | undefined;
  /** A piece of the model's reasoning, told as it comes. Resolves when there is room for more. */
  writeReasoning(text: string): Promise<void> | undefined;
}

export interface NodeResult {
  readonly outputs: JsonObject;
  /** The outcome whose edges are taken, beside the edges without `on`. */
  readonly handle?: string;
  readonly tokens?: TokenUsage;
  /**
   * What an assign node changes; kept in the log, so that a run that is taken up knows it. Only from an `execute` that
   * answers no promise: it applies at once, before any other node reads or changes the same.
   */
  readonly variables?: VariableChanges;
  /** What code printed. */
  readonly logs?: string;
}

/** A question that a node asks a person. */
export interface Asked {
  readonly question: string;
  readonly choices?: readonly { readonly id: string; readonly label: string }[];
  readonly allowText: boolean;
  /** See `QuestionAsked`. */
  readonly optional?: true;
  readonly fallback?: string;
  readonly expiresAfterMs?: number;
}

/** What a container node, one with nodes inside, may do beside other nodes. */
export interface ContainerContext extends NodeContext {
  /**
   * Runs a graph inside the run to its end. Nodes of an earlier claim that finished are not run again.
   * Throws NodeError when a node of it fails without branching; never settles when the run stops before.
   */
  runGraph(graph: ChildGraph): Promise<GraphResult>;
  /** How much of its work is done, from 0 to 1; for the progress of the run. */
  tellShare(share: number): void;
  /** The graph that a subflow node runs. Throws NodeError `unknown_workflow` or `subflow_depth`. */
  subflow(workflow: string, version: number | undefined): WorkflowDefinition;
}

export interface ChildGraph {
  readonly graph: WorkflowBody;
  /** Which time it is that the container runs it, from 0. */
  readonly index: number;
  /** What `{{ <id of the container>.<name> }}` means inside; assign nodes may change it. */
  readonly bindings: Record<string, JsonValue>;
  /** For a graph that sees nothing of the one around it: its own definition and inputs. */
  readonly isolated?: { readonly definition: WorkflowDefinition; readonly inputs: JsonObject };
  /** Evaluated inside, at its end: the result's `output`. */
  readonly output?: unknown;
}

export interface GraphResult {
  /** The outputs of its end nodes. */
  readonly outputs: JsonObject;
  /** What its answer nodes told, joined; absent where it has none. */
  readonly answer?: string;
  /** `ChildGraph.output` with its references replaced; null without one. */
  readonly output: JsonValue;
  /** Whether a `break` node ran. */
  readonly isBroken: boolean;
  /** `ChildGraph.bindings` as assign nodes left them. */
  readonly bindings: Readonly<Record<string, JsonValue>>;
}

/** A JSON Schema (2020-12). `$ref` names a schema of `specs/shared/workflow-definition.yaml` or of `defs`. */
export type JsonSchema = { readonly [key: string]: unknown };

interface NodeTypeBase<N extends WorkflowNode> {
  /** One line for people. */
  readonly summary: string;
  readonly summaryZh: string;
  /** What it does, its outputs and its edges, in Markdown. It becomes the schema's description. */
  readonly docs: string;
  /** A node of this type, for the docs. */
  readonly example: JsonObject;
  /** The type's own members. `id`, `type` and `title` are added, and what `fallible` says. */
  readonly schema: {
    readonly required?: readonly string[];
    readonly properties: Readonly<Record<string, JsonSchema>>;
  };
  /** Named schemas that `schema` refers to and no other type has. */
  readonly defs?: Readonly<Record<string, JsonSchema>>;
  /** Whether a definition may give it `on_error` (`branch`), and also `retry` and `timeout_ms` (`retry`). */
  readonly fallible: false | 'branch' | 'retry';
  /** Members whose strings may hold references to nodes before it. */
  readonly interpolated: readonly (keyof N & string)[];
  /** Whether references to `secret` are allowed: what it interpolates never gets into the log. */
  readonly takesSecrets?: boolean;
  /** The output fields that references may name; undefined when any may exist. */
  outputs(node: N, definition: WorkflowDefinition): readonly string[] | undefined;
  /** The outcomes that edges may name beside `error`. */
  handles?(node: N): readonly string[];
  /** What is wrong with a node beyond its schema. `at` is its JSON pointer. */
  check?(node: N, at: string, definition: WorkflowDefinition): Iterable<Finding>;
}

/** A node that does its work by itself. */
export interface LeafType<N extends WorkflowNode> extends NodeTypeBase<N> {
  readonly kind: 'leaf';
  /** For nodes that wait for others: the limit of one attempt, kept by the scheduler. */
  timeoutMs?(node: N): number;
  /** Throws NodeError or ModelError, or the signal's reason. */
  execute(node: N, context: NodeContext): NodeResult | Promise<NodeResult>;
}

/** A node with nodes inside. It waits for nothing but its graphs, and goes on where it was after a crash. */
export interface ContainerType<N extends WorkflowNode> extends NodeTypeBase<N> {
  readonly kind: 'container';
  /** The graph inside; undefined where another workflow is. */
  body(node: N): WorkflowBody | undefined;
  /** The names that `{{ <its id>.<name> }}` may have inside its body. */
  bindings(node: N): readonly string[];
  /** Members that are evaluated inside its body, once the nodes there have ended. */
  readonly interpolatedInside?: readonly (keyof N & string)[];
  execute(node: N, context: ContainerContext): Promise<NodeResult>;
}

/** A node that asks a person and waits, however long and over restarts. */
export interface QuestionType<N extends WorkflowNode> extends NodeTypeBase<N> {
  readonly kind: 'question';
  ask(node: N, context: NodeContext): Asked;
  /** Throws NodeError when nobody answered in time and the node has no default, or when the question was given up. */
  conclude(node: N, asked: Asked, reply: QuestionReply): NodeResult;
}

/**
 * Everything that there is to a node type: its schema, its docs, its checks and its executor. One file
 * each; `nodes/index.ts` lists them, and `npm run generate` publishes their schemas.
 */
export type NodeType<N extends WorkflowNode> = LeafType<N> | ContainerType<N> | QuestionType<N>;

export const DEFAULT_TIMEOUT_MS = 60_000;

// Schemas of specs/shared/workflow-definition.yaml that node types share.
export const VALUE: JsonSchema = { $ref: '#/$defs/Value' };
export const VALUE_MAP: JsonSchema = { $ref: '#/$defs/ValueMap' };
export const TEXT: JsonSchema = { $ref: '#/$defs/Text' };
export const TEXT_MAP: JsonSchema = { $ref: '#/$defs/TextMap' };
export const OBJECT_SCHEMA: JsonSchema = { $ref: '#/$defs/ObjectSchema' };
export const BODY: JsonSchema = { $ref: '#/$defs/WorkflowBody' };

/** `properties` of an object that takes no others. */
export const closed = (
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
  description?: string,
): JsonSchema => ({
  type: 'object',
  ...(description !== undefined && { description }),
  ...(required.length > 0 && { required }),
  additionalProperties: false,
  properties,
});

/** A schema with a description; `$ref` may have one beside it. */
export const described = (schema: JsonSchema, description: string): JsonSchema => ({
  ...schema,
  description,
});

/** Which model, and how; members that llm, classifier, extractor and agent nodes share. */
export const MODEL_MEMBERS: Readonly<Record<string, JsonSchema>> = {
  model: {
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description: "The model's name at the provider. The server's default model when absent.",
  },
  temperature: { type: 'number', minimum: 0, maximum: 2 },
  top_p: { type: 'number', minimum: 0, maximum: 1 },
  max_output_tokens: { type: 'integer', minimum: 1, maximum: 1_000_000 },
};
