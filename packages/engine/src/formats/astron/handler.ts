import type { WorkflowBody, WorkflowEdge, WorkflowNode } from '../../definition/types.ts';
import type { JsonValue } from '../../events.ts';
import type { AstronInput, AstronNode, AstronValue } from './flow.ts';

/** What one node becomes: nodes in a row, each leading to the next. */
export interface Piece {
  /** Edges lead to the first of them, and out of the last. Empty for what the container around does. */
  readonly nodes: readonly WorkflowNode[];
  /** For a last node with outcomes: the outcome of ours by the handle there. */
  readonly branches?: ReadonlyMap<string, string>;
  /** Beyond those from each node to the next. */
  readonly edges?: readonly WorkflowEdge[];
}

/** How one node type is imported. */
export interface Handler {
  /** What our nodes are called: `llm` for `llm_1`. */
  readonly name: string;
  /** Whether astron-agent retries such a node and goes on when it fails, as its `retryConfig` says. */
  readonly isFallible?: boolean;
  /** The type of the node that it must be inside of, for those that only belong there. */
  readonly inside?: 'iteration' | 'loop';
  /** Why this one cannot be imported, and what to do instead. */
  refuse?(node: AstronNode): string | undefined;
  /** What stands for its output here, without braces: `llm_1.text`. Undefined when it has no such one. */
  output(node: AstronNode, id: string, name: string): string | undefined;
  build(node: AstronNode, desk: Desk): Piece;
}

/** What a handler works with: one node's part of the whole mapping. */
export interface Desk {
  /** Of the node of ours that stands for this one. */
  readonly id: string;
  readonly title: { readonly title?: string };
  /** The iteration or loop around it, with the id of ours. */
  readonly container: { readonly id: string; readonly node: AstronNode } | undefined;
  /** An input as a value of ours. */
  value(input: AstronInput): JsonValue;
  /** Any `{type, content}` as a value of ours; only the first item of a list that a name goes through. */
  first(value: AstronValue, type: string): JsonValue;
  /** A template over the node's inputs as a text of ours. */
  text(template: string): string;
  /** A text without meaning for us. */
  plain(text: string): string;
  /** Whether some node refers to this output. */
  isRead(output: string): boolean;
  /** The graph inside. */
  body(): WorkflowBody;
  /** The nodes inside, as they are there. */
  inner(): readonly AstronNode[];
  /** Declares a variable of the conversation; null until it is set. */
  declare(name: string): void;
  /** Tells a difference. */
  note(message: string): void;
  problem(message: string): void;
}
