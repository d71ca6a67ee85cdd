import { identityServer } from '@flowwire/contract/identity/server';
import { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';
import { type AuthResult, type BindOptions, bind } from '@flowwire/koa';
import Koa from 'koa';
import { createIdentityHandlers, UNIMPLEMENTED as UNIMPLEMENTED_IDENTITY } from './apis/identity/handlers.ts';
import { toErrorBody } from './apis/problems.ts';
import type { WorkflowExecutionDeps } from './apis/workflow-execution/deps.ts';
import { createWorkflowExecutionHandlers } from './apis/workflow-execution/handlers.ts';
import { type DocumentsOptions, documentRoutes } from './documents/middleware.ts';
import type { KeyStore } from './identity/key-store.ts';
import { principalOf } from './identity/keys.ts';
import { mayDo, type Principal } from './identity/principal.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import { systemRoutes } from './system-routes.ts';

export interface AppDeps extends WorkflowExecutionDeps {
  readonly keys: KeyStore;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where the documentation and the documents are. */
  readonly documents: DocumentsOptions;
  /** Aborts when the server begins to drain. */
  readonly draining: AbortSignal;
  /** Rejects when the store cannot be reached. */
  readonly ping: () => Promise<void>;
  /** Checks every answer against the documents, in development and test. */
  readonly validateReplies: boolean;
}

/** The server as a Koa application: every API and the system routes. Reads no environment, does not listen. */
export function createApp(deps: AppDeps): Koa {
  const { keys, logger, metrics, draining, now } = deps;

  const options: BindOptions<Principal> = {
    authenticate: async ({ token, scopes }) => {
      const principal = await principalOf(keys, token, now(), (error) =>
        logger.warn({ err: error }, 'the use of a key could not be noted'),
      );
      return judge(principal, scopes);
    },
    problem: toErrorBody,
    validateReplies: deps.validateReplies,
    draining,
    onError: (error, info) => logger.error({ err: error, ...info }, 'an operation failed'),
    onRequest: (request) => {
      metrics.requestEnded(request);
      logger.debug(request, 'answered');
    },
  };

  const app = new Koa();
  app.silent = true;
  app.on('error', (error) => logConnectionError(logger, error));
  app.use(systemRoutes(deps));
  app.use(documentRoutes(deps.documents));
  app.use(bind(workflowExecutionServer, createWorkflowExecutionHandlers(deps), options));
  app.use(
    bind(identityServer, createIdentityHandlers(deps), { ...options, unimplemented: UNIMPLEMENTED_IDENTITY }),
  );
  app.use((ctx) => {
    ctx.status = 404;
    ctx.body = { code: 'route_not_found', message: `There is nothing at ${ctx.path}.`, status: 404 };
  });
  return app;
}

function judge(principal: Principal | undefined, scopes: readonly string[]): AuthResult<Principal> {
  if (!principal) return { ok: false, problem: 'unauthenticated' };
  const missing = scopes.filter((scope) => !mayDo(principal, scope));
  if (missing.length > 0) return { ok: false, problem: 'forbidden', missing };
  return { ok: true, context: principal };
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
