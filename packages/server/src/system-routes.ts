import type { Context, Middleware } from 'koa';
import type { Metrics } from './observability/metrics.ts';

export interface SystemDeps {
  readonly metrics: Metrics;
  readonly draining: AbortSignal;
  readonly ping: () => Promise<void>;
}

type Route = (ctx: Context) => Promise<void>;

/** `/healthz`: the process lives. `/readyz`: it takes requests. `/metrics`: Prometheus text. */
export function systemRoutes({ metrics, draining, ping }: SystemDeps): Middleware {
  const routes: Readonly<Record<string, Route>> = {
    '/healthz': async (ctx) => {
      ctx.body = { status: 'ok' };
    },
    '/readyz': async (ctx) => {
      const reason = draining.aborted ? 'draining' : await storeFault(ping);
      ctx.status = reason === undefined ? 200 : 503;
      ctx.body = reason === undefined ? { status: 'ready' } : { status: 'unavailable', reason };
    },
    '/metrics': async (ctx) => {
      ctx.type = metrics.registry.contentType;
      ctx.body = await metrics.registry.metrics();
    },
  };

  return (ctx, next) => {
    const route = Object.hasOwn(routes, ctx.path) ? routes[ctx.path] : undefined;
    return route ? answer(ctx, route) : next();
  };
}

async function answer(ctx: Context, route: Route): Promise<void> {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return route(ctx);
  ctx.set('Allow', 'GET, HEAD');
  ctx.status = 405;
  ctx.body = { code: 'method_not_allowed', message: `${ctx.path} answers GET.`, status: 405 };
}

async function storeFault(ping: () => Promise<void>): Promise<string | undefined> {
  try {
    await ping();
    return undefined;
  } catch {
    // The reason may name hosts and users; the log has it, the answer does not.
    return 'the store cannot be reached';
  }
}
