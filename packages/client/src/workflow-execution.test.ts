import type { WorkflowEvent } from '@flowwire/contract/workflow-execution';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiError } from './errors.ts';
import { hang, type Reply, startServer, status, stream } from './testing/server.ts';
import { createWorkflowExecution } from './workflow-execution.ts';

const run = { workflow_run_id: 'exec_1', task_id: 'task_1' };
const chunk = (text: string): WorkflowEvent => ({
  ...run,
  event: 'text_chunk',
  data: { text, from_variable_selector: ['llm', 'text'] },
});
const finished: WorkflowEvent = {
  ...run,
  event: 'workflow_finished',
  data: {
    id: 'exec_1',
    workflow_id: 'wf_1',
    status: 'succeeded',
    outputs: {},
    elapsed_time: 1,
    total_tokens: 0,
    total_steps: '1',
    created_at: 1,
    finished_at: 2,
  },
};
const frames = (...events: WorkflowEvent[]) =>
  `retry: 1\n\n${events.map((event, index) => `id: ${index + 1}\ndata: ${JSON.stringify(event)}\n\n`).join('')}`;

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function serve(...replies: Reply[]) {
  const server = await startServer(...replies);
  open.push(server);
  return { server, workflowAPI: createWorkflowExecution({ baseUrl: server.url, auth: 'secret' }) };
}

const refusal = { code: 'NOT_FOUND', message: 'There is no such workflow.', status: 404 };

describe('executeWorkflowStream', () => {
  test('runs a workflow and hands over its events', async () => {
    const { server, workflowAPI } = await serve(stream(`${frames(chunk('a'), finished)}data: [DONE]\n\n`));
    const events: WorkflowEvent[] = [];
    await workflowAPI.executeWorkflowStream('wf_1', { input1: 'value1' }, (event) => events.push(event));
    expect(events).toEqual([chunk('a'), finished]);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/api/workflow/wf_1/execute/stream' });
    expect(JSON.parse(request?.body ?? '')).toEqual({ inputs: { input1: 'value1' } });
    expect(request?.headers.authorization).toBe('Bearer secret');
  });

  test('goes on after a lost connection', async () => {
    const { server, workflowAPI } = await serve(
      stream(frames(chunk('a')), 'cut'),
      stream(`id: 2\ndata: ${JSON.stringify(finished)}\n\ndata: [DONE]\n\n`),
    );
    const events: WorkflowEvent[] = [];
    await workflowAPI.executeWorkflowStream('wf_1', {}, (event) => events.push(event));
    expect(events).toEqual([chunk('a'), finished]);
    expect(server.requests[1]?.headers['last-event-id']).toBe('1');
  });

  test('rejects with a failure where nobody else is told', async () => {
    const { workflowAPI } = await serve(status(404, refusal));
    await expect(workflowAPI.executeWorkflowStream('wf_1', {}, () => {})).rejects.toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      body: refusal,
    });
  });

  test('tells onError of a failure and then settles', async () => {
    const { workflowAPI } = await serve(status(404, refusal));
    const errors: unknown[] = [];
    await workflowAPI.executeWorkflowStream(
      'wf_1',
      {},
      () => {},
      (error) => errors.push(error),
    );
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(ApiError);
  });

  test('tells onError of an input that cannot be sent', async () => {
    const { workflowAPI } = await serve();
    const errors: unknown[] = [];
    await workflowAPI.executeWorkflowStream(
      '',
      {},
      () => {},
      (error) => errors.push(error),
    );
    expect(errors[0]).toBeInstanceOf(TypeError);
  });

  test('closes the stream when onEvent fails', async () => {
    const { server, workflowAPI } = await serve(stream(frames(chunk('a')), 'stay'));
    const onEvent = () => {
      throw new RangeError('mine');
    };
    await expect(workflowAPI.executeWorkflowStream('wf_1', {}, onEvent)).rejects.toThrow(RangeError);
    await server.requests[0]?.closed;
  });

  test('takes the options of a stream', async () => {
    const { server, workflowAPI } = await serve(hang);
    const controller = new AbortController();
    const arrived = server.nextRequest();
    const options = { signal: controller.signal };
    const done = workflowAPI.executeWorkflowStream('wf_1', {}, () => {}, undefined, options);
    await arrived;
    controller.abort();
    await expect(done).rejects.toMatchObject({ type: 'aborted' });
  });
});

test('every operation of the document has its method, and no other', async () => {
  const { workflowAPI } = await serve();
  const { workflowExecution } = await import('@flowwire/contract/workflow-execution');
  const { executeWorkflowStream, ...methods } = workflowAPI;
  expect(Object.keys(methods)).toEqual(Object.keys(workflowExecution.operations));
  expect(methods.executeWorkflow.stream).toBeTypeOf('function');
});
