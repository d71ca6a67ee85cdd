import type { Operation } from '@flowwire/contract';
import type { Problem } from '@flowwire/koa';

/** The documented code of each kind of refusal. */
const CODES = {
  malformed_body: 'malformed_body',
  invalid_request: 'invalid_request',
  unauthenticated: 'unauthorized',
  forbidden: 'forbidden',
  not_found: 'route_not_found',
  method_not_allowed: 'method_not_allowed',
  not_acceptable: 'not_acceptable',
  payload_too_large: 'payload_too_large',
  unsupported_media_type: 'unsupported_media_type',
  internal: 'internal_error',
  conflict: 'conflict',
  idempotency_key_reused: 'idempotency_key_reused',
  gone: 'gone',
  rate_limited: 'rate_limited',
  unavailable: 'unavailable',
  not_implemented: 'not_implemented',
} as const satisfies Record<Problem['kind'], string>;

/**
 * A refusal in the shape `ErrorBody` that the workflow-execution and identity documents share.
 *
 * An operation that documents `invalid_definition` takes a whole definition as its body: faults of a well-formed
 * one are faults of the definition, whether the schema or the engine finds them.
 */
export function toErrorBody(problem: Problem, operation: Operation | undefined, requestId: string) {
  const { kind, message, findings } = problem;
  const isFaultyDefinition =
    kind === 'invalid_request' &&
    operation?.replies['422']?.errorCodes?.includes('invalid_definition') === true &&
    findings?.every((finding) => finding.in === 'body') === true;
  const status = isFaultyDefinition ? 422 : problem.status;
  const code = isFaultyDefinition ? 'invalid_definition' : CODES[kind];
  return {
    status,
    body: {
      code,
      message,
      status,
      ...(findings === undefined ? {} : { details: findings }),
      request_id: requestId,
    },
  };
}
