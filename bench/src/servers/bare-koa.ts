// The floor of the http benchmark: koa and @koa/router with as many routes as the API has, no more.
import { createServer } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import { serve } from '../lib/serve.ts';

const app = new Koa();
const router = new Router();
const body: unknown = JSON.parse(process.argv[2] ?? '{}');
const answer = (ctx: Koa.Context) => {
  ctx.body = body;
};
// The nine routes of the API, in the order in which they must be tried.
router.get('/api/workflow', answer);
router.post('/api/workflow', answer);
router.get('/api/workflow/executions', answer);
router.get('/api/workflow/executions/:execution_id/events', answer);
router.post('/api/workflow/executions/:execution_id/cancel', answer);
router.get('/api/workflow/executions/:execution_id', answer);
router.post('/api/workflow/:id/execute/stream', answer);
router.post('/api/workflow/:id/execute', answer);
router.get('/api/workflow/:id', answer);
app.use(router.routes());
await serve(createServer(app.callback()));
