// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type { WorkflowDefinition, WorkflowRunEvent } from '@flowwire/contract/mandas';
import type { mandasServer } from '@flowwire/contract/mandas/server';
import { expectTypeOf } from 'vitest';
import type { Handlers, StreamFrame } from './index.ts';
import type { User } from './testing/serve.ts';

type MandasHandlers = Handlers<typeof mandasServer, User>;

declare const handlers: MandasHandlers;
declare const definition: WorkflowDefinition;

async function* tell(event: WorkflowRunEvent): AsyncGenerator<StreamFrame<WorkflowRunEvent>> {
  yield { id: '1', item: event };
}

const { followRun: _followRun, ...withoutFollowRun } = handlers;
// @ts-expect-error followRun is missing
withoutFollowRun satisfies MandasHandlers;

const about = { run_id: 'r', timestamp: '2026-01-01T00:00:00Z' };

({
  ...handlers,
  getWorkflowVersion: async ({ path }) => {
    expectTypeOf(path.version).toEqualTypeOf<number>();
    return { status: 200, body: definition };
  },
  updateWorkflow: async ({ headers, body }) => {
    expectTypeOf(headers['If-Match']).toEqualTypeOf<string | undefined>();
    return { status: 200, body: { ...definition, name: body.name } };
  },
  startRun: async () => ({ status: 202, body: { run_id: 'r', status: 'QUEUED', message: 'a' } }),
  followRun: async () => ({ status: 200, stream: tell({ ...about, type: 'run.progress', percent: 5 }) }),
}) satisfies MandasHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such operation
  pauseRun: handlers.cancelRun,
}) satisfies MandasHandlers;

({
  ...handlers,
  // @ts-expect-error a run is accepted, which is 202
  startRun: async () => ({ status: 200, body: { run_id: 'r', status: 'QUEUED' as const, message: 'a' } }),
}) satisfies MandasHandlers;

({
  ...handlers,
  // @ts-expect-error a run begins in the queue
  startRun: async () => ({ status: 202, body: { run_id: 'r', status: 'RUNNING', message: 'a' } }),
}) satisfies MandasHandlers;

({
  ...handlers,
  // @ts-expect-error an error has details
  getRun: async () => ({
    status: 404,
    body: { error: { code: 'RUN_NOT_FOUND', message: 'a' } },
  }),
}) satisfies MandasHandlers;

({
  ...handlers,
  // @ts-expect-error a deleted workflow has no body
  deleteWorkflow: async () => ({ status: 204, body: definition }),
}) satisfies MandasHandlers;

// @ts-expect-error there is no such event
tell({ ...about, type: 'run.finished' });
// @ts-expect-error progress has a percentage
tell({ ...about, type: 'run.progress' });
// @ts-expect-error a paused run is paused
tell({ ...about, type: 'run.paused', status: 'RUNNING' });
