import type { Scope } from '../definition/references.ts';
import type { WorkflowNode } from '../definition/types.ts';
import type { JsonObject, TokenUsage } from '../events.ts';
import type { Clock, ModelProvider } from '../ports.ts';
import type { CodeSandbox } from './code/sandbox.ts';
import type { HttpSender } from './http/sender.ts';

/** What nodes use of the outside world. One set serves every run of a process. */
export interface NodeServices {
  readonly models: ModelProvider;
  readonly http: HttpSender;
  readonly code: CodeSandbox;
  readonly clock: Clock;
}

/** One attempt of one node. */
export interface NodeContext {
  /** Outputs of the nodes before, and the facts under `sys`. */
  readonly scope: Scope;
  readonly inputs: JsonObject;
  /** Aborts when the attempt's time is over or the run ends. */
  readonly signal: AbortSignal;
  readonly services: NodeServices;
  /** The same for every attempt of one node of one run. */
  readonly idempotencyKey: string;
  /** A piece of the output `text`, for the person who waits. Resolves when there is room for more. */
  writeText(text: string): Promise<void> | undefined;
}

export interface NodeResult {
  readonly outputs: JsonObject;
  /** The outcome whose edges are taken, beside the edges without `on`. */
  readonly handle?: string;
  readonly tokens?: TokenUsage;
}

export interface NodeExecutor<N extends WorkflowNode> {
  /** For nodes that wait for others: the limit of one attempt, kept by the scheduler. */
  timeoutMs?(node: N): number;
  /** Throws NodeError or ModelError, or the signal's reason. */
  execute(node: N, context: NodeContext): NodeResult | Promise<NodeResult>;
}

export const DEFAULT_TIMEOUT_MS = 60_000;
