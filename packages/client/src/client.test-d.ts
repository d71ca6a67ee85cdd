// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import type { ClientOf, EventStream, OperationsOf } from '@flowwire/contract';
import {
  type ErrorBody,
  type ExecutionResult,
  type WorkflowEvent,
  type WorkflowExecutionClient,
  type WorkflowFinishedEvent,
  workflowExecution,
} from '@flowwire/contract/workflow-execution';
import { expectTypeOf } from 'vitest';
import { createClient } from './client.ts';
import { type ApiError, isApiError } from './errors.ts';
import { createIdentity } from './identity.ts';
import { createWorkflowExecution } from './workflow-execution.ts';

const options = { baseUrl: 'https://flows.example.com', auth: 'key' };
const client = createClient(workflowExecution, options);
const workflowAPI = createWorkflowExecution(options);

expectTypeOf(client).toEqualTypeOf<WorkflowExecutionClient>();
expectTypeOf<ClientOf<typeof workflowExecution>>().toEqualTypeOf<WorkflowExecutionClient>();
expectTypeOf<keyof OperationsOf<typeof workflowExecution>>().toEqualTypeOf<keyof WorkflowExecutionClient>();

// Operations
const call = { path: { id: 'wf_1' }, body: { inputs: { a: 1 } } };
expectTypeOf(client.executeWorkflow(call)).toEqualTypeOf<Promise<ExecutionResult>>();
expectTypeOf(client.executeWorkflow.stream(call)).toEqualTypeOf<
  EventStream<WorkflowEvent, WorkflowFinishedEvent>
>();
expectTypeOf(client.streamWorkflowExecution(call)).toEqualTypeOf<
  EventStream<WorkflowEvent, WorkflowFinishedEvent>
>();
expectTypeOf(client.executeWorkflow.stream(call).result()).resolves.toEqualTypeOf<WorkflowFinishedEvent>();
expectTypeOf(client.listWorkflows).toBeCallableWith();
expectTypeOf(createIdentity(options).revokeKey).returns.resolves.toEqualTypeOf<void>();

// @ts-expect-error there is no such operation
client.executeWorkflows;
// @ts-expect-error only operations that stream have the form
client.listWorkflows.stream;
// @ts-expect-error the path has a parameter
client.executeWorkflow({ body: { inputs: {} } });
// @ts-expect-error inputs are required
client.executeWorkflow({ path: { id: 'wf_1' }, body: {} });
// @ts-expect-error the client chooses the mode by the form of the call
client.executeWorkflow({ path: { id: 'wf_1' }, body: { inputs: {}, response_mode: 'streaming' } });
// @ts-expect-error limit is a number
client.listWorkflows({ query: { limit: '20' } });
// @ts-expect-error a stream reconnects instead
client.executeWorkflow.stream(call, { maxRetries: 1 });
// @ts-expect-error baseUrl is required
createWorkflowExecution({ auth: 'key' });
// @ts-expect-error a contract is more than a name
createClient({ name: 'x' }, options);

// Events
export async function narrowsEvents(): Promise<void> {
  for await (const event of client.executeWorkflow.stream(call)) {
    if (event.event === 'text_chunk') {
      expectTypeOf(event.data.text).toEqualTypeOf<string>();
      // @ts-expect-error a chunk has no node
      event.data.node_id;
    }
    // @ts-expect-error there is no such event
    if (event.event === 'chunk') return;
    // @ts-expect-error not every event has text
    event.data.text;
  }
}

workflowAPI.executeWorkflowStream(
  'workflow_id',
  { input1: 'value1' },
  (data) => {
    expectTypeOf(data).toEqualTypeOf<WorkflowEvent>();
    expectTypeOf(data.event).toEqualTypeOf<WorkflowEvent['event']>();
  },
  (error) => expectTypeOf(error).toEqualTypeOf<unknown>(),
);
// @ts-expect-error the id is a text
workflowAPI.executeWorkflowStream(1, {}, () => {});

// Errors
export function narrowsErrors(error: unknown): void {
  if (isApiError(error)) {
    expectTypeOf(error).toEqualTypeOf<ApiError>();
    expectTypeOf(error.body).toEqualTypeOf<unknown>();
  }
  if (isApiError(error, workflowExecution, 'executeWorkflow', 404)) {
    expectTypeOf(error.status).toEqualTypeOf<404>();
    expectTypeOf(error.body).toEqualTypeOf<ErrorBody>();
  }
  if (isApiError(error, workflowExecution, 'executeWorkflow', 204)) {
    expectTypeOf(error.body).toEqualTypeOf<undefined>();
  }
  // @ts-expect-error there is no such operation
  isApiError(error, workflowExecution, 'execute', 404);
  // @ts-expect-error the operation never answers 418
  isApiError(error, workflowExecution, 'executeWorkflow', 418);
}
