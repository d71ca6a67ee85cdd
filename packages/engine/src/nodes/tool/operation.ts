import { shorten } from '../../definition/subject.ts';
import type { ToolDescription } from '../../definition/types.ts';
import type { JsonObject } from '../../events.ts';
import { type HttpOutcome, toOutcome } from '../http/outcome.ts';
import type { NodeContext } from '../node-type.ts';
import { checkArguments, type ToolArguments, withoutNulls } from './arguments.ts';
import { textMember } from './document.ts';
import { operationOf, readOperation, readOperations } from './read-operation.ts';
import { buildRequest } from './request.ts';

export type { HttpOutcome, ToolArguments };

const MAX_SUMMARY = 1_000;

/** What a program or a model must know to call an operation. */
export interface ToolOperation {
  readonly operationId: string;
  readonly summary: string;
  /** JSON Schema of its arguments: the parameters by their names, and `body` where it takes one. */
  readonly parameters: JsonObject;
}

/** All operations of a tool that have an operationId. Throws NodeError `invalid_tool`. */
export function describeOperations(description: ToolDescription): readonly ToolOperation[] {
  return readOperations(description).map((reading) => {
    const { id, method, path, operation, schema } = operationOf(reading);
    const about = textMember(operation, 'summary') ?? textMember(operation, 'description');
    return {
      operationId: id,
      summary: shorten(about ?? `${method} ${path}`, MAX_SUMMARY),
      parameters: schema,
    };
  });
}

/**
 * Calls an operation and answers whatever status the API answers. `context.idempotencyKey` goes along, so a
 * node that calls more than once needs a context with a key of its own for each call. Throws NodeError
 * `unknown_operation`, `invalid_parameters`, `invalid_tool`, or what sending throws.
 */
export async function callOperation(
  description: ToolDescription,
  operationId: string,
  args: ToolArguments,
  context: NodeContext,
): Promise<HttpOutcome> {
  const operation = readOperation(description, operationId);
  const given = { ...args, parameters: withoutNulls(args.parameters, operation) };
  checkArguments(operation, given, context.services.validateSchema);
  const request = buildRequest(description, operation, given, context);
  return toOutcome(await context.services.http.send(request, context.signal));
}
