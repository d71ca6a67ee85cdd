import type {
  InputValidators,
  Operation,
  OutputValidators,
  SecurityScheme,
  Validator,
} from '@flowwire/contract';
import type { Context as KoaContext, Middleware } from 'koa';
import { addHeaders, applyHeaders } from './added-headers.ts';
import { createAnswer, type Report, type Told } from './answer.ts';
import { createBodyReader } from './body/reader.ts';
import { Connection, ConnectionClosed, isComplete } from './connection.ts';
import { refusalType, withCharset } from './content.ts';
import { keyNames } from './credentials.ts';
import { type AnyHandler, createEndpoint, createUnimplemented, type Endpoint } from './endpoint.ts';
import { createEventStreams } from './event-stream.ts';
import type { StreamFrame } from './handlers.ts';
import type { BindOptions } from './options.ts';
import { type Problem, ProblemError } from './problem.ts';
import { checkReply } from './replies.ts';
import { identify, REQUEST_ID } from './request-id.ts';
import { callerOf, createGuard } from './security.ts';

const MIB = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
const STALLED_MS = 30_000;

const INTERNAL = new ProblemError('internal', 'The server could not answer. The error has been recorded.')
  .problem;

const UNAVAILABLE = new ProblemError('unavailable', 'The server is shutting down. Try again in a moment.', {
  headers: { 'Retry-After': '1' },
});

/** What an exception says to the client; undefined where it is not for the client's ears. */
const toProblem = (error: unknown): Problem | undefined => {
  if (error instanceof ProblemError) return error.problem;
  const isDrain = error instanceof ConnectionClosed && error.type === 'draining';
  return isDrain ? UNAVAILABLE.problem : undefined;
};

/** One operation with all that it is served with. */
export interface ServiceParts<Context> {
  readonly operation: Operation;
  readonly inputs: InputValidators;
  readonly outputs: OutputValidators;
  /** Undefined for an operation that is not implemented. */
  readonly handler: AnyHandler<Context> | undefined;
}

export interface Service<Context> {
  /** The middleware that answers one operation. */
  serve(parts: ServiceParts<Context>): Middleware;
  /** Answers a request that matched no operation; `work` may throw a ProblemError. */
  serveUnmatched(ctx: KoaContext, work: () => void): Promise<void>;
}

/** A request with what is known of it before it is read. */
interface Incoming<Context> {
  readonly ctx: KoaContext;
  /** Undefined for a request that matched no operation. */
  readonly parts: ServiceParts<Context> | undefined;
  readonly requestId: string;
  readonly report: Report;
}

/** Tells of a request when its connection is done with it. */
const observe = (
  ctx: KoaContext,
  operation: Operation | undefined,
  requestId: string,
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
      requestId,
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

/** Prepares what turns requests into answers, for operations with a handler and for those without. */
const createEndpoints = <Context>(
  schemes: Readonly<Record<string, SecurityScheme>>,
  options: BindOptions<Context, unknown>,
) => {
  const bodyReader = createBodyReader(options.bodyLimit ?? MIB, options.uploads ?? {});
  return ({ operation, inputs, handler }: ServiceParts<Context>): Endpoint => {
    if (handler === undefined) {
      // Without a handler there is nobody to want a context.
      const open = { anonymous: () => undefined, ...options };
      return createUnimplemented(createGuard<unknown>(operation, schemes, open));
    }
    const guard = createGuard(operation, schemes, options);
    const readBody = operation.body && bodyReader(operation);
    const keys = {
      query: keyNames(operation, schemes, 'query'),
      cookie: keyNames(operation, schemes, 'cookie'),
    };
    const { intercept } = options;
    return createEndpoint({ operation, inputs, guard, readBody, handler, intercept, keys });
  };
};

/** What the operations of one API share: how they are observed, refused, read and streamed. */
export const createService = <Context>(
  schemes: Readonly<Record<string, SecurityScheme>>,
  options: BindOptions<Context, unknown>,
): Service<Context> => {
  const { validateReplies = false, onError, onRequest, draining, admit, stalledMs = STALLED_MS } = options;
  const endpointOf = createEndpoints(schemes, options);
  const textsOf = createTextCaches();
  const openStream = createEventStreams({
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    stalledMs,
    ...(draining !== undefined && { draining }),
  });

  /** The requests whose handlers are at work. */
  const inFlight = new Set<Connection>();
  draining?.addEventListener('abort', () => {
    for (const connection of inFlight) connection.close('draining');
  });

  /** Answers a refusal in the API's words. An exception that is none is reported. */
  const refuse = ({ ctx, parts, requestId, report }: Incoming<Context>, error: unknown): void => {
    const known = toProblem(error);
    const problem = known ?? options.explain?.(error)?.problem ?? INTERNAL;
    // A handler that gives up because its client has gone has nobody to answer, and nothing to report.
    if (known === undefined && !(error instanceof ConnectionClosed)) report(error);
    const { status, body } = options.problem(problem, parts?.operation, requestId);
    ctx.status = status;
    const contentType = refusalType(parts?.operation, status);
    ctx.set('Content-Type', withCharset(contentType ?? 'application/json'));
    if (problem.headers !== undefined) ctx.set({ ...problem.headers });
    // So that a client that comes again is sent to another server. HTTP/2 has no such header.
    if (draining?.aborted === true && ctx.req.httpVersionMajor < 2) ctx.set('Connection', 'close');
    ctx.body = JSON.stringify(body);
    // No document speaks of what a server leaves out.
    if (!validateReplies || parts === undefined || problem.kind === 'not_implemented') return;
    try {
      checkReply(parts.operation, parts.outputs, {
        status,
        body,
        ...(contentType !== undefined && { contentType }),
      });
    } catch (undocumented) {
      report(undocumented);
    }
  };

  /** What all requests have in common, those that matched no operation too. */
  const handle = async (
    ctx: KoaContext,
    parts: ServiceParts<Context> | undefined,
    work: (told: Told) => void | Promise<void>,
  ): Promise<void> => {
    const { method, path } = ctx;
    const operation = parts?.operation;
    const requestId = identify(ctx);
    // Kept for as long as a stream: it holds a few texts, not the context.
    const report: Report = (error) =>
      onError(error, { operationId: operation?.operationId, method, path, requestId });
    if (onRequest !== undefined) observe(ctx, operation, requestId, onRequest);
    try {
      if (draining?.aborted === true) throw UNAVAILABLE;
      await work({ requestId, report });
    } catch (error) {
      refuse({ ctx, parts, requestId, report }, error);
    }
    // A stream has sent them with its head.
    if (!ctx.res.headersSent) ctx.res.setHeader(REQUEST_ID, requestId);
    applyHeaders(ctx);
  };

  const serve = (parts: ServiceParts<Context>): Middleware => {
    const { operation, outputs } = parts;
    const endpoint = endpointOf(parts);
    const texts = textsOf(outputs.item);
    const answer = createAnswer({ operation, outputs, validateReplies, texts, openStream, stalledMs });
    return (ctx) =>
      handle(ctx, parts, async (told) => {
        if (admit !== undefined) addHeaders(ctx, await admit(callerOf(ctx), operation));
        const connection = new Connection(ctx.res);
        inFlight.add(connection);
        try {
          answer(ctx, connection, await endpoint(ctx, connection, told), told);
        } finally {
          inFlight.delete(connection);
        }
      });
  };

  const serveUnmatched: Service<Context>['serveUnmatched'] = (ctx, work) => handle(ctx, undefined, work);

  return { serve, serveUnmatched };
};
