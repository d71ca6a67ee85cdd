import type { RunError } from './events.ts';
import { ModelError } from './ports.ts';

/** One place in a value that breaks its schema. */
export interface SchemaProblem {
  /** JSON pointer (RFC 6901) from the validated value. */
  readonly pointer: string;
  /** The schema's keyword that is broken. */
  readonly code: string;
  readonly message: string;
}

/** Validates `value` against a JSON Schema (2020-12); no problems means valid. */
export type ValidateSchema = (schema: object, value: unknown) => readonly SchemaProblem[];

/** A node's attempt that failed. A retry policy applies only where `retryable` is true. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: string;
  readonly retryable: boolean;
  /** The shortest wait that the other side asked for. */
  readonly retryAfterMs: number | undefined;
  /** The node inside a container that made the container fail. */
  readonly nodeId: string | undefined;
  constructor(
    message: string,
    options: {
      code: string;
      retryable?: boolean;
      retryAfterMs?: number | undefined;
      nodeId?: string;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.nodeId = options.nodeId;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Any thrown value as a NodeError; what no executor foresaw is `node_failed` and not retryable. */
export function toNodeError(error: unknown): NodeError {
  if (error instanceof NodeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ModelError)) return new NodeError(message, { code: 'node_failed', cause: error });
  const { code, retryable, retryAfterMs } = error;
  return new NodeError(message, { code, retryable, retryAfterMs, cause: error });
}

export const toRunError = (error: NodeError, nodeId: string): RunError => ({
  code: error.code,
  message: error.message,
  nodeId: error.nodeId ?? nodeId,
});

/** A run's inputs break the workflow's input schema. Pointers start at the inputs object. */
export class InvalidInputsError extends Error {
  override readonly name = 'InvalidInputsError';
  readonly problems: readonly SchemaProblem[];
  constructor(problems: readonly SchemaProblem[]) {
    super(
      `invalid inputs: ${problems.map(({ pointer, message }) => `${pointer || '/'} ${message}`).join('; ')}`,
    );
    this.problems = problems;
  }
}
