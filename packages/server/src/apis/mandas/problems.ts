import type { Operation } from '@flowwire/contract';
import type { ErrorBody, ErrorCode, ErrorDetails } from '@flowwire/contract/mandas';
import type { Problem } from '@flowwire/koa';
import { PERMISSIONS } from '../../identity/principal.ts';

/** The documented code of each kind of refusal. */
const CODES = {
  malformed_body: 'MALFORMED_BODY',
  invalid_request: 'VALIDATION_ERROR',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  not_found: 'ROUTE_NOT_FOUND',
  method_not_allowed: 'METHOD_NOT_ALLOWED',
  not_acceptable: 'NOT_ACCEPTABLE',
  payload_too_large: 'PAYLOAD_TOO_LARGE',
  unsupported_media_type: 'UNSUPPORTED_MEDIA_TYPE',
  internal: 'INTERNAL_ERROR',
  conflict: 'VERSION_CONFLICT',
  idempotency_key_reused: 'IDEMPOTENCY_KEY_REUSED',
  gone: 'EVENTS_EXPIRED',
  rate_limited: 'RATE_LIMITED',
  unavailable: 'UNAVAILABLE',
  not_implemented: 'UNAVAILABLE',
} as const satisfies Record<Problem['kind'], ErrorCode>;

/** A refusal as this API's `ErrorBody`. */
export function toMandasError(
  problem: Problem,
  _operation: Operation | undefined,
  requestId: string,
): { readonly status: number; readonly body: ErrorBody } {
  const { kind, status, message } = problem;
  return { status, body: { error: { code: CODES[kind], message, details: toDetails(problem, requestId) } } };
}

function toDetails({ kind, findings, missing, headers }: Problem, requestId: string): ErrorDetails {
  const retryAfter = headers?.['Retry-After'];
  return {
    ...(findings && { findings: findings.map((finding) => ({ ...finding })) }),
    ...(missing && { missing_permissions: PERMISSIONS.filter((one) => missing.includes(one)) }),
    ...(retryAfter !== undefined && { retry_after_s: Number(retryAfter) }),
    ...(kind === 'internal' && { request_id: requestId }),
  };
}
