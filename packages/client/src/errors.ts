import type { Contract, OperationsTypes, SchemaError } from '@flowwire/contract';
import { byStatus } from './http/replies.ts';
import type { AnyContract } from './options.ts';

/**
 * `http`: the server answered with an error status. `network`: no answer, or it broke off. `timeout`: no
 * answer in time. `aborted`: the caller's signal, or `close()`. `protocol`: an answer that the document
 * does not allow. `stream`: a stream ended before its end. `auth`: the client's `auth` failed (`cause` is
 * what it threw) or gave what cannot be sent.
 */
export type ApiErrorType = 'http' | 'network' | 'timeout' | 'aborted' | 'protocol' | 'stream' | 'auth';

export interface ApiErrorDetails {
  /** The name of the contract. */
  readonly api: string;
  readonly operationId: string;
  readonly status?: number | undefined;
  readonly body?: unknown;
  readonly rawBody?: string | undefined;
  readonly code?: string | number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly findings?: readonly SchemaError[] | undefined;
  readonly cause?: unknown;
}

/**
 * Everything that goes wrong in a call, told apart by `type`. `isApiError` narrows `status` and `body`.
 * Input that cannot be sent is the caller's mistake instead: a TypeError.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly type: ApiErrorType;
  readonly api: string;
  readonly operationId: string;
  /** The status of the answer, if one came. */
  readonly status: number | undefined;
  /** The answer's body, if the document describes it and it is as described. */
  readonly body: unknown;
  /** The start of the answer's body as text. */
  readonly rawBody: string | undefined;
  /** The body's `code` or `error.code`, where that is a text or a number. */
  readonly code: string | number | undefined;
  /** The answer's `X-Request-Id`. */
  readonly requestId: string | undefined;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What a validator found wrong with the answer. */
  readonly findings: readonly SchemaError[] | undefined;

  constructor(type: ApiErrorType, message: string, details: ApiErrorDetails) {
    super(`${details.operationId}: ${message}`, details.cause === undefined ? {} : { cause: details.cause });
    this.type = type;
    this.api = details.api;
    this.operationId = details.operationId;
    this.status = details.status;
    this.body = details.body;
    this.rawBody = details.rawBody;
    this.code = details.code;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
    this.findings = details.findings;
  }
}

type ReplyOf<Ops extends OperationsTypes<Ops>, Id extends keyof Ops> = Ops[Id]['reply'];

type BodyOf<Reply, Status> =
  Extract<Reply, { readonly status: Status }> extends { readonly body: infer Body } ? Body : undefined;

/** An error that an operation answered with a given status: `body` has the type that the document says. */
export type HttpErrorOf<Ops extends OperationsTypes<Ops>, Id extends keyof Ops, Status> = ApiError & {
  readonly type: 'http';
  readonly status: Status;
  readonly body: BodyOf<ReplyOf<Ops, Id>, Status>;
};

/** Whether an error came from a client of this package. */
export function isApiError(error: unknown): error is ApiError;
/**
 * Whether an operation answered with this status and, where the document describes a body for it, with
 * such a body.
 */
export function isApiError<
  Ops extends OperationsTypes<Ops>,
  Id extends keyof Ops & string,
  Status extends ReplyOf<Ops, Id>['status'],
>(
  error: unknown,
  contract: Contract<Ops>,
  operationId: Id,
  status: Status,
): error is HttpErrorOf<Ops, Id, Status>;
export function isApiError(
  error: unknown,
  contract?: Pick<AnyContract, 'name' | 'operations'>,
  operationId?: string,
  status?: number,
): boolean {
  if (!(error instanceof ApiError)) return false;
  if (contract === undefined || operationId === undefined || status === undefined) return true;
  if (error.type !== 'http' || error.api !== contract.name) return false;
  if (error.operationId !== operationId || error.status !== status) return false;
  const replies = contract.operations[operationId]?.replies ?? {};
  const { content = [] } = byStatus(replies, status) ?? {};
  return content.every(({ kind }) => kind === 'binary') || error.body !== undefined;
}
