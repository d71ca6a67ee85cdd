// The floor of the http benchmark: koa and @koa/router with as many routes as the API has, no more.
import { createServer } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import { serve } from '../lib/serve.ts';

const app = new Koa();
const router = new Router();
const body = JSON.parse(process.argv[2] ?? '{}');
for (const path of ['executions', 'executions/:execution_id', 'executions/:execution_id/events']) {
  router.get(`/api/workflow/${path}`, (ctx) => {
    ctx.body = {};
  });
}
router.get('/api/workflow/:id', (ctx) => {
  ctx.body = body;
});
app.use(router.routes());
await serve(createServer(app.callback()));
