import type { Finding } from '@flowwire/contract';

/**
 * A finding in a request. For a parameter the pointer is `/` and its name. Where the whole query is one
 * parameter, the pointer is to a member of its value.
 */
export interface InputFinding extends Finding {
  readonly in: 'body' | 'path' | 'query' | 'header' | 'cookie';
}

/** The status of each kind of refusal. The last five are for handlers and options; bind() raises the others. */
const STATUS = {
  malformed_body: 400,
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  payload_too_large: 413,
  unsupported_media_type: 415,
  internal: 500,
  not_implemented: 501,
  conflict: 409,
  idempotency_key_reused: 409,
  gone: 410,
  rate_limited: 429,
  unavailable: 503,
} as const;

export type ProblemKind = keyof typeof STATUS;

interface Details {
  readonly findings?: readonly InputFinding[];
  /** With `forbidden`: the scopes that the credentials lack. */
  readonly missing?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a request is refused, before an API puts it in its own words. */
export interface Problem extends Details {
  readonly kind: ProblemKind;
  readonly status: number;
  /** For people; holds nothing internal. */
  readonly message: string;
}

/** Thrown by a handler or by `authenticate` to refuse a request; any other exception is answered 500. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(kind: ProblemKind, message: string, details: Details = {}) {
    super(message);
    this.problem = { ...details, kind, status: STATUS[kind], message };
  }
}
