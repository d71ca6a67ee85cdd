// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import type { EventStream } from '@flowwire/contract';
import {
  type ErrorBody,
  type MandasClient,
  mandas,
  type RunAccepted,
  type RunCancelledEvent,
  type RunCompletedEvent,
  type RunFailedEvent,
  type RunQuestion,
  type RunTimedOutEvent,
  type TaskAccepted,
  type WorkflowDefinition,
  type WorkflowRunEvent,
  type WorkflowRunList,
} from '@flowwire/contract/mandas';
import { expectTypeOf } from 'vitest';
import { isApiError } from './errors.ts';
import { createMandas } from './mandas.ts';

const client = createMandas({ baseUrl: 'https://flows.example.com', auth: 'key' });
expectTypeOf(client).toEqualTypeOf<MandasClient>();

// Operations
const workflow = { path: { workflow_id: 'w' } };
const run = { path: { run_id: 'r' } };
const definition = { name: 'n', definition_yaml: 'name: n' };
type End = RunCompletedEvent | RunFailedEvent | RunCancelledEvent | RunTimedOutEvent;
expectTypeOf(client.createWorkflow({ body: definition })).resolves.toEqualTypeOf<WorkflowDefinition>();
expectTypeOf(client.startRun({ ...workflow, body: {} })).resolves.toEqualTypeOf<RunAccepted>();
expectTypeOf(
  client.listRuns({ query: { status: 'RUNNING', page: 2 } }),
).resolves.toEqualTypeOf<WorkflowRunList>();
expectTypeOf(client.followRun(run)).toEqualTypeOf<EventStream<WorkflowRunEvent, End>>();
expectTypeOf(
  client.createTask({ body: { agent: { type: 'writer' } } }),
).resolves.toEqualTypeOf<TaskAccepted>();
expectTypeOf(client.deleteWorkflow(workflow)).resolves.toEqualTypeOf<void>();
client.updateWorkflow({ ...workflow, headers: { 'If-Match': '"3"' }, body: definition });

// @ts-expect-error there is no such operation
client.startRuns;
// @ts-expect-error the definition is missing
client.createWorkflow({ body: { name: 'n' } });
// @ts-expect-error a version is a number
client.getWorkflowVersion({ path: { workflow_id: 'w', version: '3' } });
// @ts-expect-error the path has two parameters
client.getWorkflowVersion(workflow);
// @ts-expect-error states are in capitals
client.listRuns({ query: { status: 'running' } });
// @ts-expect-error a task needs an agent
client.createTask({ body: { input: {} } });
// @ts-expect-error an agent needs a type
client.createTask({ body: { agent: { name: 'a' } } });
// @ts-expect-error the input is an object
client.startRun({ ...workflow, body: { initial_input: 'a' } });
// @ts-expect-error the header is a text
client.updateWorkflow({ ...workflow, headers: { 'If-Match': 3 }, body: definition });
// @ts-expect-error a run has one form, which streams
client.followRun.stream(run);
// @ts-expect-error what has no stream has no such form
client.getRun.stream(run);

// Events
export async function narrowsEvents(): Promise<void> {
  for await (const event of client.followRun(run)) {
    if (event.type === 'agent.output_delta') expectTypeOf(event.delta).toEqualTypeOf<string>();
    if (event.type === 'run.waiting') expectTypeOf(event.question).toEqualTypeOf<RunQuestion>();
    if (event.type === 'run.completed') expectTypeOf(event.status).toEqualTypeOf<'COMPLETED'>();
    expectTypeOf(event.run_id).toEqualTypeOf<string>();
    // @ts-expect-error there is no such event
    if (event.type === 'run.finished') return;
    // @ts-expect-error not every event has a delta
    event.delta;
  }
  const last = await client.followRun(run).result();
  // @ts-expect-error a run does not end with progress
  if (last.type === 'run.progress') return;
}

// Errors
export function narrowsErrors(error: unknown): void {
  if (isApiError(error, mandas, 'getRun', 404)) {
    expectTypeOf(error.body).toEqualTypeOf<ErrorBody>();
    if (error.body.error.code === 'RUN_NOT_FOUND') return;
    // @ts-expect-error there is no such code
    if (error.body.error.code === 'NOT_FOUND') return;
  }
  // @ts-expect-error the operation never answers 418
  isApiError(error, mandas, 'getRun', 418);
}
