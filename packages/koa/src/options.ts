import type { Operation } from '@flowwire/contract';
import type { UploadOptions } from './body/reader.ts';
import type { Problem, ProblemError } from './problem.ts';
import type { AnyReply } from './replies.ts';
import type { Caller, SecurityOptions } from './security.ts';

/** Where an error came up. */
export interface ErrorInfo {
  /** Undefined for a request that matched no operation. */
  readonly operationId: string | undefined;
  readonly method: string;
  readonly path: string;
  /** The answer's `X-Request-Id`. */
  readonly requestId: string;
}

/** One answered request, for logs and metrics. */
export interface RequestInfo {
  /** Undefined, as is `route`, for a request that matched no operation. */
  readonly operationId: string | undefined;
  /** The path of the document, such as `/notes/{id}`. */
  readonly route: string | undefined;
  readonly method: string;
  readonly path: string;
  /** The answer's `X-Request-Id`. */
  readonly requestId: string;
  readonly status: number;
  readonly durationMs: number;
  /** False when the connection closed before all was sent. */
  readonly completed: boolean;
}

/** A validated request on its way to the handler. Groups that the request lacks are empty. */
export interface InterceptedCall<Context> {
  readonly context: Context;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** The declared headers, spelled as in the document. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly signal: AbortSignal;
  /** The answer's `X-Request-Id`. */
  readonly requestId: string;
}

export interface BindOptions<Context, Unimplemented = never> extends SecurityOptions<Context> {
  /**
   * Operations without a handler. They are answered 501 to whoever may call them, with what `problem` makes
   * of `not_implemented`.
   */
  readonly unimplemented?: readonly Unimplemented[];
  /**
   * Puts a refusal in the API's own words: the status and JSON body that are sent. `operation` is
   * undefined for a request that matched none. `requestId` is the answer's `X-Request-Id`.
   */
  readonly problem: (
    problem: Problem,
    operation: Operation | undefined,
    requestId: string,
  ) => { readonly status: number; readonly body: unknown };
  /**
   * What an exception that is no ProblemError says to the client, as that the store cannot be reached just now. Without
   * it, or where it answers undefined, that is 500. The exception is reported all the same.
   */
  readonly explain?: (error: unknown) => ProblemError | undefined;
  /** Told of exceptions that are no ProblemError, of sources that failed, and of answers that break the document. */
  readonly onError: (error: unknown, info: ErrorInfo) => void;
  /**
   * Asked before anything else of a request that matched an operation: a rate limit. Its headers are set on the
   * answer, whatever that becomes; it throws a ProblemError to refuse the request.
   */
  readonly admit?: (
    caller: Caller,
    operation: Operation,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /**
   * Stands between the validated request and its handler: `next` calls the handler. What it answers is the answer,
   * so that it may repeat an earlier one.
   */
  readonly intercept?: (
    operation: Operation,
    call: InterceptedCall<Context>,
    next: () => Promise<AnyReply>,
  ) => Promise<AnyReply>;
  /** Told once of each request below the prefix, when its answer is over. */
  readonly onRequest?: (info: RequestInfo) => void;
  /** Requests at or below this path are this API's. Default: what all of its paths begin with. */
  readonly prefix?: string;
  /**
   * Bytes of the longest request body that is held in memory: JSON, text and forms, and of a multipart body
   * all parts together that are no files. Default: 1 MiB.
   */
  readonly bodyLimit?: number;
  /** Bounds of bodies that are files or have files. */
  readonly uploads?: UploadOptions;
  /** Checks answers and stream items against the document, for development and tests. */
  readonly validateReplies?: boolean;
  /** An idle stream is sent a comment within this time. Default: 15 s. */
  readonly heartbeatMs?: number;
  /** A stream or file whose client does not read for this long is cut off. Default: 30 s. */
  readonly stalledMs?: number;
  /**
   * When it aborts, streams end at once and ask their clients to come back, and handlers that are still at
   * work are told by their signal; one that then throws the signal's reason is answered 503. Requests that
   * begin later are refused with 503.
   */
  readonly draining?: AbortSignal;
}
