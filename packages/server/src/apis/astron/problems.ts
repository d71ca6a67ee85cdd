import type { Operation } from '@flowwire/contract';
import type { Finding } from '@flowwire/contract/astron';
import type { InputFinding, Problem } from '@flowwire/koa';
import type { Intercept } from '../../idempotency/idempotency.ts';
import type { ErrorName, Errors } from './errors.ts';

/** The error for each kind of refusal. */
const NAMES = {
  malformed_body: 'PARAM_ERROR',
  invalid_request: 'PARAM_ERROR',
  unauthenticated: 'PARAM_ERROR',
  forbidden: 'APP_TENANT_PLATFORM_UNAUTHORIZED_ERROR',
  not_found: 'PARAM_ERROR',
  method_not_allowed: 'PARAM_ERROR',
  not_acceptable: 'PARAM_ERROR',
  payload_too_large: 'PARAM_ERROR',
  unsupported_media_type: 'PARAM_ERROR',
  internal: 'OPEN_API_ERROR',
  conflict: 'IDEMPOTENCY_KEY_REUSED_ERROR',
  idempotency_key_reused: 'IDEMPOTENCY_KEY_REUSED_ERROR',
  gone: 'PARAM_ERROR',
  rate_limited: 'TOO_MANY_REQUESTS_ERROR',
  unavailable: 'SERVICE_UNAVAILABLE_ERROR',
  not_implemented: 'OPEN_API_ERROR',
} as const satisfies Record<Problem['kind'], ErrorName>;

/** Kinds that the API knows how to refuse: they are answered 200, with a code. */
const HANDLED: ReadonlySet<Problem['kind']> = new Set([
  'malformed_body',
  'invalid_request',
  'conflict',
  'idempotency_key_reused',
]);

/** Told what a log needs to find a refusal by its sid. */
type OnRefusal = (sid: string, requestId: string, status: number) => void;

/** Tells of what handlers refuse; what comes before them tells `createToProblem`. */
export const tellingRefusals =
  (intercept: Intercept, onRefusal: OnRefusal): Intercept =>
  async (operation, call, next) => {
    const reply = await intercept(operation, call, next);
    // A run that failed is no refusal: its answer names it.
    const sid = reply.headers?.['X-Execution-Id'] === undefined ? sidOfRefusal(reply.body) : undefined;
    if (sid !== undefined) onRefusal(sid, call.requestId, reply.status);
    return reply;
  };

/** Of an envelope, or of a frame; undefined for what is no refusal. */
function sidOfRefusal(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body) || body.code === 0) return undefined;
  const sid = 'sid' in body ? body.sid : 'id' in body ? body.id : undefined;
  return typeof sid === 'string' ? sid : undefined;
}

/**
 * Makes what puts refusals in this API's words. What the API knows how to refuse is answered 200, in an
 * envelope or, where the operation speaks in frames, in a frame. An operation whose answer is no JSON has no
 * room for a code: its status says it.
 */
export const createToProblem =
  (errors: Errors, onRefusal: OnRefusal) =>
  (
    problem: Problem,
    operation: Operation | undefined,
    requestId: string,
  ): { readonly status: number; readonly body: unknown } => {
    const name = nameOf(problem, operation);
    const findings = problem.findings?.map(toFinding);
    const message = findings ? errors.message(name, describe(findings)) : problem.message.replace(/\.$/, '');
    const hasRoom = operation?.replies['200']?.content?.some(({ kind }) => kind === 'json') === true;
    const status = HANDLED.has(problem.kind) && hasRoom ? 200 : problem.status;
    if (status === 200 && operation?.streamSwitch !== undefined) {
      const frame = errors.errorFrame(name, undefined, findings);
      onRefusal(frame.id, requestId, status);
      return { status, body: { ...frame, message } };
    }
    const envelope = errors.refuse(name, undefined, findings);
    onRefusal(envelope.sid, requestId, status);
    return { status, body: { ...envelope, message } };
  };

/** The first finding in words, and how many more there are. */
function describe(findings: readonly Finding[]): string | undefined {
  const [first, ...others] = findings;
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  return first && `${first.in ?? 'cookie'} ${first.pointer || '/'} ${first.message}${more}`;
}

function nameOf({ kind, headers }: Problem, operation: Operation | undefined): ErrorName {
  // RFC 6750 section 3.1 marks the challenge of a request whose credentials are bad, not one without any.
  const isBadToken = headers?.['WWW-Authenticate']?.includes('invalid_token') === true;
  if (kind === 'unauthenticated' && isBadToken) return 'APP_GET_WITH_REMOTE_FAILED_ERROR';
  const takesFiles = operation?.body?.content.some(({ mediaType }) => mediaType === 'multipart/form-data');
  if (kind === 'payload_too_large' && takesFiles === true) return 'FILE_INVALID_ERROR';
  return NAMES[kind];
}

const toFinding = ({ in: where, pointer, message }: InputFinding): Finding => ({
  ...(where !== 'cookie' && { in: where }),
  pointer,
  message,
});
