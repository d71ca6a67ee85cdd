import type {
  InputValidators,
  Operation,
  OutputValidators,
  SecurityScheme,
  Validator,
} from '@flowwire/contract';
import type { Context as KoaContext, Middleware } from 'koa';
import { createAnswer, type Report } from './answer.ts';
import { createBodyReader } from './body.ts';
import { Connection, ConnectionClosed, isComplete } from './connection.ts';
import { type AnyHandler, createEndpoint } from './endpoint.ts';
import { createEventStreams } from './event-stream.ts';
import type { StreamFrame } from './handlers.ts';
import type { BindOptions } from './options.ts';
import { ProblemError } from './problem.ts';
import { checkReply } from './replies.ts';
import { createGuard } from './security.ts';

const MIB = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
const STALLED_MS = 30_000;

const INTERNAL = new ProblemError('internal', 'The server could not answer. The error has been recorded.')
  .problem;

/** One operation with all that it is served with. */
export interface ServiceParts<Context> {
  readonly operation: Operation;
  readonly inputs: InputValidators;
  readonly outputs: OutputValidators;
  readonly handler: AnyHandler<Context>;
}

export interface Service<Context> {
  /** The middleware that answers one operation. */
  serve(parts: ServiceParts<Context>): Middleware;
  /** Answers a request that matched no operation; `work` may throw a ProblemError. */
  serveUnmatched(ctx: KoaContext, work: () => void): Promise<void>;
}

/** Tells of a request when its connection is done with it. */
const observe = (
  ctx: KoaContext,
  operation: Operation | undefined,
  tell: NonNullable<BindOptions<unknown>['onRequest']>,
): void => {
  const { method, path, res } = ctx;
  const start = performance.now();
  res.once('close', () =>
    tell({
      operationId: operation?.operationId,
      route: operation?.path,
      method,
      path,
      status: res.statusCode,
      durationMs: performance.now() - start,
      completed: isComplete(res),
    }),
  );
};

/** Frames of one schema are written alike, whichever operation sends them. */
const createTextCaches = () => {
  const caches = new Map<Validator<unknown> | undefined, WeakMap<StreamFrame<unknown>, string>>();
  return (item: Validator<unknown> | undefined) => {
    const texts = caches.get(item) ?? new WeakMap<StreamFrame<unknown>, string>();
    caches.set(item, texts);
    return texts;
  };
};

/** What the operations of one API share: how they are observed, refused, read and streamed. */
export const createService = <Context>(
  schemes: Readonly<Record<string, SecurityScheme>>,
  options: BindOptions<Context>,
): Service<Context> => {
  const { validateReplies = false, onError, onRequest, draining } = options;
  const bodyReader = createBodyReader(options.bodyLimit ?? MIB);
  const textsOf = createTextCaches();
  const openStream = createEventStreams({
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    stalledMs: options.stalledMs ?? STALLED_MS,
    ...(draining !== undefined && { draining }),
  });

  const report: Report = ({ method, path }, operation, error) =>
    onError(error, { operationId: operation?.operationId, method, path });

  /** Answers a refusal in the API's words; an exception that is none is reported and answered 500. */
  const refuse = (ctx: KoaContext, parts: ServiceParts<Context> | undefined, error: unknown): void => {
    const isRefusal = error instanceof ProblemError;
    // A handler that gives up because its client has gone has nobody to answer, and nothing to report.
    if (!isRefusal && !(error instanceof ConnectionClosed)) report(ctx, parts?.operation, error);
    const problem = isRefusal ? error.problem : INTERNAL;
    const { status, body } = options.problem(problem, parts?.operation);
    ctx.status = status;
    ctx.set('Content-Type', 'application/json; charset=utf-8');
    if (problem.headers !== undefined) ctx.set({ ...problem.headers });
    ctx.body = JSON.stringify(body);
    if (!validateReplies || parts === undefined) return;
    try {
      checkReply(parts.operation, parts.outputs, { status, body });
    } catch (undocumented) {
      report(ctx, parts.operation, undocumented);
    }
  };

  const serve = (parts: ServiceParts<Context>): Middleware => {
    const { operation, inputs, outputs, handler } = parts;
    const guard = createGuard(operation, schemes, options);
    const readBody = operation.body && bodyReader(operation);
    const endpoint = createEndpoint({ operation, inputs, guard, readBody, handler });
    const texts = textsOf(outputs.item);
    const answer = createAnswer({ operation, outputs, validateReplies, texts, openStream, report });
    return async (ctx) => {
      if (onRequest !== undefined) observe(ctx, operation, onRequest);
      try {
        const connection = new Connection(ctx.res);
        answer(ctx, connection, await endpoint(ctx, connection));
      } catch (error) {
        refuse(ctx, parts, error);
      }
    };
  };

  const serveUnmatched: Service<Context>['serveUnmatched'] = async (ctx, work) => {
    if (onRequest !== undefined) observe(ctx, undefined, onRequest);
    try {
      work();
    } catch (error) {
      refuse(ctx, undefined, error);
    }
  };

  return { serve, serveUnmatched };
};
