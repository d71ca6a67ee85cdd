// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type { WorkflowFinishedEvent } from '@flowwire/contract/workflow-execution';
import type { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';
import { bind, type HandlerReply, type HandlerRequest, type Handlers, type StreamFrame } from './index.ts';
import { type Done, type Note, type NotesOperations, notesApi } from './testing/notes.ts';
import { options, plainHandlers, type User } from './testing/serve.ts';

type NotesHandlers = Handlers<typeof notesApi, User>;

const { getNote: _getNote, ...withoutGetNote } = plainHandlers;

// @ts-expect-error getNote is missing
withoutGetNote satisfies NotesHandlers;

// @ts-expect-error bind wants every operation, too
bind(notesApi, withoutGetNote, options());

({
  ...plainHandlers,
  // @ts-expect-error misspelt operationId
  getNotee: plainHandlers.getNote,
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error 418 is not declared
  getNote: async ({ path }) => ({ status: 418, body: { id: path.id, title: '' } }),
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error title is missing from the body
  getNote: async ({ path }) => ({ status: 200, body: { id: path.id } }),
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error the body of 404 is not a note
  getNote: async ({ path }) => ({ status: 404, body: { id: path.id, title: '' } }),
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error 204 has no body
  deleteNote: async () => ({ status: 204, body: { id: '' } }),
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error getNote has no query parameter
  getNote: async ({ query }) => ({ status: 200, body: { id: query.id, title: '' } }),
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error the context has no tenant
  health: async ({ context }) => ({ status: 200, body: context.tenant }),
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error there is no item of this kind
  askNote: async () => ({
    status: 200,
    stream: (async function* () {
      yield { item: { kind: 'other' as const } };
    })(),
  }),
}) satisfies NotesHandlers;

({
  ...plainHandlers,
  // @ts-expect-error getNote does not stream
  getNote: async () => ({ status: 200, stream: done() }),
}) satisfies NotesHandlers;

async function* done(): AsyncGenerator<StreamFrame<Done>> {
  yield { id: '1', item: { kind: 'done' } };
}

({
  ...plainHandlers,
  askNote: async ({ body }) =>
    body?.mode === 'stream' ? { status: 200, stream: done() } : { status: 200, body: { answer: '' } },
}) satisfies NotesHandlers;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// Absent optional groups are empty objects, an optional body may be undefined.
true satisfies Equal<
  HandlerRequest<NotesOperations['askNote'], User>['body'],
  { mode: 'single' | 'stream' } | undefined
>;
true satisfies Equal<HandlerRequest<NotesOperations['getNote'], User>['body'], undefined>;
true satisfies Equal<
  HandlerRequest<NotesOperations['listNotes'], User>['query']['limit'],
  number | undefined
>;
true satisfies Equal<keyof HandlerRequest<NotesOperations['getNote'], User>['query'], never>;
true satisfies Equal<Extract<HandlerReply<NotesOperations['getNote']>, { status: 200 }>['body'], Note>;

declare const workflows: Handlers<typeof workflowExecutionServer, User>;
declare const finished: WorkflowFinishedEvent;

({
  ...workflows,
  streamWorkflowExecution: async () => ({
    status: 200,
    stream: (async function* () {
      yield { id: '1', item: finished };
    })(),
  }),
}) satisfies typeof workflows;

({
  ...workflows,
  // @ts-expect-error an event without its data
  streamWorkflowExecution: async () => ({
    status: 200,
    stream: (async function* () {
      yield { item: { event: 'workflow_finished' as const, workflow_run_id: '', task_id: '' } };
    })(),
  }),
}) satisfies typeof workflows;

({
  ...workflows,
  // @ts-expect-error the page is not complete
  listWorkflows: async () => ({ status: 200, body: { data: [] } }),
}) satisfies typeof workflows;

const { cancelExecution: _cancelExecution, ...withoutCancel } = workflows;
// @ts-expect-error cancelExecution is missing
withoutCancel satisfies typeof workflows;
