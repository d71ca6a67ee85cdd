// A floor of the http benchmark: koa and @koa/router with as many routes as the APIs have, and JSON.parse of bodies. No
// validation, no credentials, no store: it answers what it was started with.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Router from '@koa/router';
import Koa from 'koa';
import { readRoutes } from '../lib/peer-routes.ts';
import { serve } from '../lib/serve.ts';

const app = new Koa();
const router = new Router();
for (const { method, path, status, body } of readRoutes()) {
  router.register(path, [method], async (ctx) => {
    if (method === 'POST') JSON.parse((await text(ctx.req)) || '{}');
    ctx.status = status;
    ctx.body = body;
  });
}
app.use(router.routes());
await serve(createServer(app.callback()));
