import { METHODS } from 'node:http';
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
import { bySpecificity, commonPrefix, isBelow, toPattern, toRouterPath } from './routes.ts';
import { createService } from './service.ts';

const assertComplete = (
  name: string,
  operations: object,
  handlers: object,
  unimplemented: readonly string[],
): void => {
  const missing = Object.keys(operations).filter(
    (id) => !Object.hasOwn(handlers, id) && !unimplemented.includes(id),
  );
  const surplus = [...Object.keys(handlers), ...unimplemented].filter((id) => !Object.hasOwn(operations, id));
  const both = unimplemented.filter((id) => Object.hasOwn(handlers, id));
  const complaints = [
    missing.length > 0 ? [`no handler for ${missing.join(', ')}`] : [],
    surplus.length > 0 ? [`no operation for ${surplus.join(', ')}`] : [],
    both.length > 0 ? [`a handler for ${both.join(', ')}, which should be unimplemented`] : [],
  ].flat();
  if (complaints.length > 0) throw new Error(`${name}: ${complaints.join('; ')}`);
};

/** @throws Error for a method that Node's parser would refuse before any route is looked for. */
const assertMethod = ({ operationId, method }: Operation): void => {
  if (METHODS.includes(method)) return;
  throw new Error(
    `${operationId}: Node ${process.version} cannot read requests with the method ${method}; it knows ${METHODS.join(', ')}`,
  );
};

/** Every path under which an operation is served, in the order in which they are tried. */
const routesOf = (operations: Readonly<Record<string, Operation>>) =>
  Object.entries(operations)
    .flatMap(([id, { method, path, aliases = [] }]) =>
      [path, ...aliases].map((each) => ({ id, method, path: each })),
    )
    .sort(bySpecificity);

/** @throws Error when two operations have the same route: one of them would never be called. */
const assertDistinct = (name: string, routes: ReturnType<typeof routesOf>): void => {
  const taken = new Map<string, string>();
  for (const { id, method, path } of routes) {
    const route = `${method} ${path.replace(/\{[^}]*\}/g, '{}')}`;
    const other = taken.get(route);
    if (other !== undefined)
      throw new Error(`${name}: ${other} and ${id} have the same route ${method} ${path}`);
    taken.set(route, id);
  }
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
 * the handler of the operation, and writes its answer, as its document says: JSON, text, bytes or
 * server-sent events.
 *
 * Requests outside the API's prefix go on to the next middleware, but for those to an alias of a path.
 * Below it every request is answered here, refusals in the API's own shape. A stream or a Blob goes on after
 * the middleware has returned.
 *
 * @throws Error when an operation has no handler, a handler no operation, or an operation needs what
 * cannot be served: a method that Node does not know, a route of another operation, mutual TLS.
 */
export const bind = <
  Ops extends OperationsTypes<Ops>,
  Context,
  const Unimplemented extends keyof Ops & string = never,
>(
  contract: ServerContract<Ops>,
  handlers: OperationHandlers<Ops, Context, Unimplemented>,
  options: BindOptions<Context, Unimplemented>,
): Middleware => {
  const operations: Readonly<Record<string, Operation>> = contract.operations;
  const inputs: Readonly<Record<string, InputValidators>> = contract.inputs;
  const outputs: Readonly<Record<string, OutputValidators>> = contract.outputs;
  assertComplete(contract.name, operations, handlers, options.unimplemented ?? []);
  // Sound: a handler is given only what the validators of its own operation accepted.
  const untyped = handlers as unknown as Readonly<Record<string, AnyHandler<Context> | undefined>>;
  const routes = routesOf(operations);
  assertDistinct(contract.name, routes);

  const service = createService(contract.securitySchemes, options);
  const middlewares = new Map<string, Middleware>();
  for (const [id, operation] of Object.entries(operations)) {
    assertMethod(operation);
    const [input, output] = [inputs[id], outputs[id]];
    if (!input || !output) throw new Error(`${contract.name}: ${id} has no validators`);
    middlewares.set(id, service.serve({ operation, handler: untyped[id], inputs: input, outputs: output }));
  }
  const router = new Router({ sensitive: true, strict: true });
  for (const { id, method, path } of routes) {
    router.register(toRouterPath(path), [method], middlewares.get(id) ?? []);
  }
  const dispatch = router.routes();
  const isServed = servedPaths(Object.values(operations), options.prefix);

  return (ctx, next) => {
    if (!isServed(ctx.path)) return next();
    // The two members that the router's type wants there from the start; it sets them itself.
    const routed = Object.assign(ctx, { params: {}, router });
    return dispatch(routed, () => service.serveUnmatched(ctx, () => answerUnmatched(ctx, router)));
  };
};

/** Tells the paths that are an API's own: those below its prefix, and aliases wherever they are. */
const servedPaths = (operations: readonly Operation[], ownPrefix?: string): ((path: string) => boolean) => {
  const prefix = ownPrefix ?? commonPrefix(operations.map(({ path }) => path));
  const aliases = operations.flatMap(({ aliases = [] }) => aliases.map(toPattern));
  if (aliases.length === 0) return (path) => isBelow(prefix, path);
  return (path) => isBelow(prefix, path) || aliases.some((alias) => alias.test(path));
};
