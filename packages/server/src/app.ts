import { astronServer } from '@flowwire/contract/astron/server';
import { identityServer } from '@flowwire/contract/identity/server';
import { mandasServer } from '@flowwire/contract/mandas/server';
import { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';
import { type BindOptions, bind, ProblemError } from '@flowwire/koa';
import Koa from 'koa';
import type { AstronDeps } from './apis/astron/deps.ts';
import { type CodeSet, createErrors } from './apis/astron/errors.ts';
import { MAX_UPLOAD_BYTES } from './apis/astron/files.ts';
import { STARTS_RUNS as ASTRON_STARTS_RUNS, createAstronHandlers } from './apis/astron/handlers.ts';
import { createToProblem, tellingRefusals } from './apis/astron/problems.ts';
import { createIdentitySecurity } from './apis/identity/context.ts';
import type { IdentityDeps } from './apis/identity/deps.ts';
import { createIdentityHandlers } from './apis/identity/handlers.ts';
import type { MandasDeps } from './apis/mandas/deps.ts';
import { createMandasHandlers, STARTS_RUNS as MANDAS_STARTS_RUNS } from './apis/mandas/handlers.ts';
import { toMandasError } from './apis/mandas/problems.ts';
import { toErrorBody } from './apis/problems.ts';
import type { WorkflowExecutionDeps } from './apis/workflow-execution/deps.ts';
import { createWorkflowExecutionHandlers, STARTS_RUNS } from './apis/workflow-execution/handlers.ts';
import { type DocumentsOptions, documentRoutes } from './documents/middleware.ts';
import { createAddressOf } from './http/client-address.ts';
import { allowOrigins } from './http/cors.ts';
import { securityHeaders } from './http/security-headers.ts';
import { createIdempotency, type Intercept } from './idempotency/idempotency.ts';
import type { IdempotencyStore } from './idempotency/idempotency-store.ts';
import { createJudge } from './identity/authenticate.ts';
import type { ConsumerDeps } from './identity/consumer.ts';
import type { Principal } from './identity/principal.ts';
import type { RatePolicies } from './limits/policies.ts';
import type { RateLimiter } from './limits/rate-limiter.ts';
import { createRequestLimits } from './limits/request-limits.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import { systemRoutes } from './system-routes.ts';

export interface AppDeps
  extends WorkflowExecutionDeps,
    Omit<AstronDeps, 'errors' | 'onStorageError' | 'onAnswer'>,
    MandasDeps,
    Omit<IdentityDeps, 'onError'>,
    ConsumerDeps {
  /** Whose numbers the errors of the astron API have. */
  readonly astronErrorCodes: CodeSet;
  /** Origins whose pages may send requests and read answers, beside the server's own; `*` for all. */
  readonly allowedOrigins: readonly string[];
  readonly idempotency: IdempotencyStore;
  readonly limiter: RateLimiter;
  readonly ratePolicies: RatePolicies;
  /** How clients reach the server, without a slash at the end. */
  readonly publicUrl: string;
  /** Names this process; another name for each boot. */
  readonly owner: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where the documentation and the documents are. */
  readonly documents: DocumentsOptions;
  /** Aborts when the server begins to drain. */
  readonly draining: AbortSignal;
  /** Rejects when the store cannot be reached. */
  readonly ping: () => Promise<void>;
  /** Whether an exception means that the store cannot be reached, or takes no more, just now. */
  readonly isUnavailable: (error: unknown) => boolean;
  /** Checks every answer against the documents, in development and test. */
  readonly validateReplies: boolean;
}

/** The server as a Koa application: every API and the system routes. Reads no environment, does not listen. */
export function createApp(deps: AppDeps): Koa {
  const isShared = deps.allowedOrigins.length > 0;
  const app = new Koa();
  app.silent = true;
  app.on('error', (error) => logConnectionError(deps.logger, error));
  app.use(securityHeaders({ isHttps: deps.publicUrl.startsWith('https:'), isShared }));
  app.use(systemRoutes(deps));
  app.use(documentRoutes(deps.documents));
  if (isShared) app.use(allowOrigins(deps.allowedOrigins));
  for (const api of apisOf(deps)) app.use(api);
  app.use((ctx) => {
    ctx.status = 404;
    ctx.body = { code: 'route_not_found', message: `There is nothing at ${ctx.path}.`, status: 404 };
  });
  return app;
}

/** Every API, in the order in which they are asked whether a path is theirs. */
function apisOf(deps: AppDeps): readonly Koa.Middleware[] {
  const { logger, now, ratePolicies } = deps;
  const identityDeps = {
    ...deps,
    onError: (error: unknown) => logger.warn({ err: error }, 'the use of a key could not be noted'),
  };
  const limits = createRequestLimits({
    limiter: deps.limiter,
    policies: ratePolicies,
    addressOf: createAddressOf(deps.isTrustedProxy),
    now,
  });
  const keyed = createIdempotency({
    store: deps.idempotency,
    owner: deps.owner,
    now,
    onError: (error) => logger.error({ err: error }, 'what became of a request could not be kept'),
  });
  const judge = createJudge(identityDeps);
  const authenticate = limits.limitKeys(judge, ratePolicies.default);
  const options: BindOptions<Principal> = {
    ...sharedOptions(deps),
    authenticate,
    admit: limits.limitAddresses,
  };
  return [
    bind(workflowExecutionServer, createWorkflowExecutionHandlers(deps), {
      ...options,
      intercept: keyed(STARTS_RUNS),
    }),
    bind(identityServer, createIdentityHandlers(identityDeps), {
      ...options,
      ...createIdentitySecurity(authenticate, [...deps.allowedOrigins, new URL(deps.publicUrl).origin]),
    }),
    astronRoutes(deps, {
      ...options,
      authenticate: limits.limitKeys(createJudge(identityDeps, 'key_and_secret'), ratePolicies.default),
      intercept: keyed(ASTRON_STARTS_RUNS),
    }),
    bind(mandasServer, createMandasHandlers(deps), {
      ...options,
      authenticate: limits.limitKeys(judge, ratePolicies.mandas),
      problem: toMandasError,
      intercept: keyed(MANDAS_STARTS_RUNS),
    }),
  ];
}

/** What all APIs are bound with, whoever calls them. */
const sharedOptions = ({ logger, metrics, draining, isUnavailable, validateReplies }: AppDeps) =>
  ({
    problem: toErrorBody,
    explain: (error) => (isUnavailable(error) ? storeUnavailable() : undefined),
    validateReplies,
    draining,
    onError: (error, info) => logger.error({ err: error, ...info }, 'an operation failed'),
    onRequest: (request) => {
      metrics.requestEnded(request);
      logger.debug(request, 'answered');
    },
  }) satisfies BindOptions<Principal>;

const storeUnavailable = () =>
  new ProblemError('unavailable', 'The server cannot reach its store. Try again in a moment.', {
    headers: { 'Retry-After': '5' },
  });

function astronRoutes(
  deps: AppDeps,
  options: BindOptions<Principal> & { readonly intercept: Intercept },
): Koa.Middleware {
  const errors = createErrors(deps.astronErrorCodes, deps.now);
  const onStorageError = (error: unknown) => deps.logger.error({ err: error }, 'files could not be stored');
  const onRefusal = (sid: string, requestId: string, status: number) =>
    deps.logger[status >= 500 ? 'warn' : 'debug']({ sid, requestId, status }, 'a request was refused');
  const onAnswer = (sid: string, runId: string) => deps.logger.info({ sid, runId }, 'a run is told');
  return bind(astronServer, createAstronHandlers({ ...deps, errors, onStorageError, onAnswer }), {
    ...options,
    problem: createToProblem(errors, onRefusal),
    intercept: tellingRefusals(options.intercept, onRefusal),
    uploads: { maxBytes: MAX_UPLOAD_BYTES },
  });
}

/**
 * Errors of connections come here, mostly of clients that went away. Node's errors of malformed requests hold
 * the raw bytes, credentials included: only code and message are logged.
 */
function logConnectionError(logger: Logger, error: unknown): void {
  const { code, message } =
    error instanceof Error ? { code: undefined, ...error, message: error.message } : {};
  const isGone = code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED';
  logger[isGone ? 'debug' : 'warn']({ code, message }, 'a connection failed');
}
