import type {
  InputValidators,
  Operation,
  OperationsTypes,
  OutputValidators,
  ServerContract,
} from '@flowwire/contract';
import Router from '@koa/router';
import type { Context as KoaContext, Middleware } from 'koa';
import type { AnyHandler } from './endpoint.ts';
import type { OperationHandlers } from './handlers.ts';
import type { BindOptions } from './options.ts';
import { ProblemError } from './problem.ts';
import { bySpecificity, commonPrefix, isBelow, toRouterPath } from './routes.ts';
import { createService } from './service.ts';

const assertComplete = (name: string, operations: object, handlers: object): void => {
  const missing = Object.keys(operations).filter((id) => !Object.hasOwn(handlers, id));
  const surplus = Object.keys(handlers).filter((id) => !Object.hasOwn(operations, id));
  const complaints = [
    missing.length > 0 ? [`no handler for ${missing.join(', ')}`] : [],
    surplus.length > 0 ? [`no operation for ${surplus.join(', ')}`] : [],
  ].flat();
  if (complaints.length > 0) throw new Error(`${name}: ${complaints.join('; ')}`);
};

/** Answers a path of the API that has no operation, or none for the method. */
const answerUnmatched = (ctx: KoaContext, router: Router): void => {
  const methods = new Set(router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods));
  if (methods.size === 0) throw new ProblemError('not_found', 'There is nothing at this path.');
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (ctx.method !== 'OPTIONS') {
    throw new ProblemError('method_not_allowed', `This path takes ${allow}.`, { headers: { Allow: allow } });
  }
  ctx.set('Allow', allow);
  ctx.status = 204;
};

/**
 * Serves one API: a Koa middleware that routes, checks credentials, reads and validates requests, calls
 * the handler of the operation, and writes its answer, as JSON or as server-sent events.
 *
 * Requests outside the API's prefix go on to the next middleware. Below it every request is answered
 * here, refusals in the API's own shape. A stream goes on after the middleware has returned.
 *
 * @throws Error when an operation has no handler, a handler no operation, or an operation needs what
 * cannot be served: a body that is not JSON, a parameter that is an object, mutual TLS.
 */
export const bind = <Ops extends OperationsTypes<Ops>, Context>(
  contract: ServerContract<Ops>,
  handlers: OperationHandlers<Ops, Context>,
  options: BindOptions<Context>,
): Middleware => {
  assertComplete(contract.name, contract.operations, handlers);
  const operations: Readonly<Record<string, Operation>> = contract.operations;
  const inputs: Readonly<Record<string, InputValidators>> = contract.inputs;
  const outputs: Readonly<Record<string, OutputValidators>> = contract.outputs;
  // Sound: a handler is given only what the validators of its own operation accepted.
  const untyped = handlers as unknown as Readonly<Record<string, AnyHandler<Context>>>;

  const service = createService(contract.securitySchemes, options);
  const router = new Router({ sensitive: true, strict: true });
  for (const [id, operation] of Object.entries(operations).sort(([, a], [, b]) => bySpecificity(a, b))) {
    const [handler, input, output] = [untyped[id], inputs[id], outputs[id]];
    if (!handler || !input || !output) throw new Error(`${contract.name}: ${id} has no validators`);
    const middleware = service.serve({ operation, handler, inputs: input, outputs: output });
    router.register(toRouterPath(operation.path), [operation.method], middleware);
  }
  const dispatch = router.routes();
  const prefix = options.prefix ?? commonPrefix(Object.values(operations).map(({ path }) => path));

  return (ctx, next) => {
    if (!isBelow(prefix, ctx.path)) return next();
    // The two members that the router's type wants there from the start; it sets them itself.
    const routed = Object.assign(ctx, { params: {}, router });
    return dispatch(routed, () => service.serveUnmatched(ctx, () => answerUnmatched(ctx, router)));
  };
};
