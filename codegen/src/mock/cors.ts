import type { Middleware } from 'koa';

/**
 * Lets pages of every origin use the mock (Fetch section 3.3): what it answers is in the documents anyway, and
 * a page under development is seldom served from the same place. Cookies are let through by naming the origin.
 */
export const cors: Middleware = async (ctx, next) => {
  const origin = ctx.get('Origin');
  if (origin === '') return next();
  ctx.vary('Origin');
  ctx.set({
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': '*',
  });
  const method = ctx.get('Access-Control-Request-Method');
  if (ctx.method !== 'OPTIONS' || method === '') return next();
  ctx.set({
    'Access-Control-Allow-Methods': method,
    'Access-Control-Allow-Headers': ctx.get('Access-Control-Request-Headers') || '*',
    'Access-Control-Max-Age': '600',
  });
  ctx.status = 204;
};
