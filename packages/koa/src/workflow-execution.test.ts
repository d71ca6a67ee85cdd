import { once } from 'node:events';
import type { ServerContract } from '@flowwire/contract';
import type { Operations } from '@flowwire/contract/workflow-execution';
import { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';
import Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';
import { bind, type Handlers, type Problem, ProblemError } from './index.ts';

type Part = Pick<Operations, 'listWorkflows' | 'executeWorkflow' | 'streamWorkflowExecution'>;

const { operations, inputs, outputs } = workflowExecutionServer;

/** Some of a generated API: one operation with parameters, one with a body, one with a stream. */
const contract: ServerContract<Part> = {
  ...workflowExecutionServer,
  operations: {
    listWorkflows: operations.listWorkflows,
    executeWorkflow: operations.executeWorkflow,
    streamWorkflowExecution: operations.streamWorkflowExecution,
  },
  inputs: {
    listWorkflows: inputs.listWorkflows,
    executeWorkflow: inputs.executeWorkflow,
    streamWorkflowExecution: inputs.streamWorkflowExecution,
  },
  outputs: {
    listWorkflows: outputs.listWorkflows,
    executeWorkflow: outputs.executeWorkflow,
    streamWorkflowExecution: outputs.streamWorkflowExecution,
  },
};

const run = { workflow_run_id: 'run_1', task_id: 'task_1' };

const handlers: Handlers<typeof contract, string> = {
  listWorkflows: async ({ query }) => ({ status: 200, body: { data: [], has_more: query.limit === 1 } }),
  executeWorkflow: async () => {
    throw new ProblemError('not_found', 'There is no such workflow.');
  },
  streamWorkflowExecution: async () => ({ status: 200, stream: chunks() }),
};

async function* chunks() {
  for (const text of ['a', 'b']) {
    const data = { text, from_variable_selector: ['llm', 'text'] };
    yield { id: text, item: { event: 'text_chunk' as const, ...run, data } };
  }
}

const problem = ({ kind, status, message, findings }: Problem) => ({
  status,
  body: { code: kind, message, status, ...(findings && { details: findings }) },
});

const serve = async () => {
  const errors: unknown[] = [];
  const app = new Koa();
  app.use(
    bind(contract, handlers, {
      authenticate: () => ({ ok: true, context: 'tenant' }),
      problem,
      onError: (error) => errors.push(error),
      validateReplies: true,
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const call = (path: string, body?: unknown) =>
    fetch(`http://127.0.0.1:${port}/api/workflow${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: 'Bearer key',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return { call, errors };
};

test('compiled validators accept what is right and point at what is wrong', async () => {
  const { call, errors } = await serve();
  expect(await (await call('?limit=1')).json()).toEqual({ data: [], has_more: true });

  const wrongQuery = await call('?limit=0');
  expect(wrongQuery.status).toBe(400);
  expect(await wrongQuery.json()).toMatchObject({
    details: [{ in: 'query', pointer: '/limit', code: 'minimum' }],
  });

  const wrongBody = await call('/wf_1/execute', { response_mode: 'both', priority: 'high' });
  expect(wrongBody.status).toBe(400);
  expect(await wrongBody.json()).toMatchObject({
    details: expect.arrayContaining([
      { in: 'body', pointer: '/inputs', code: 'required', message: 'is required' },
      {
        in: 'body',
        pointer: '/response_mode',
        code: 'enum',
        message: 'must be one of "streaming", "blocking"',
      },
      { in: 'body', pointer: '/priority', code: 'type', message: 'must be integer' },
    ]),
  });
  expect((await call('/wf_1/execute', { inputs: {} })).status).toBe(404);
  expect(errors).toEqual([]);
});

test('a stream of the generated API is validated and ends with its sentinel', async () => {
  const { call, errors } = await serve();
  const answer = await call('/wf_1/execute/stream', { inputs: {} });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(await answer.text()).toMatch(
    /^id: a\ndata: \{"event":"text_chunk".*\n\nid: b\n.*\n\ndata: \[DONE\]\n\n$/,
  );
  expect(errors).toEqual([]);
});
