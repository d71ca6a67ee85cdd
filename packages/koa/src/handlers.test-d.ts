// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type { WorkflowFinishedEvent } from '@flowwire/contract/workflow-execution';
import type { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';
import {
  bind,
  type HandlerReply,
  type HandlerRequest,
  type Handlers,
  type OperationHandlers,
  type StreamFrame,
} from './index.ts';
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

// Operations that are not implemented
bind(notesApi, withoutGetNote, { ...options(), unimplemented: ['getNote'] });
withoutGetNote satisfies Handlers<typeof notesApi, User, 'getNote'>;
const listed = { ...options(), unimplemented: ['getNote'] as const };
// @ts-expect-error getNote has a handler and is said to have none
bind(notesApi, { ...withoutGetNote, getNote: plainHandlers.getNote }, listed);
// @ts-expect-error deleteNote is missing beside getNote
bind(notesApi, withoutGetNote, { ...options(), unimplemented: ['deleteNote'] });
// @ts-expect-error there is no such operation
bind(notesApi, withoutGetNote, { ...options(), unimplemented: ['getNote', 'getNotes'] });

// Bodies and answers of several media types
interface Uploads {
  put: {
    input: { path: { id: string } } & (
      | { contentType?: 'application/json'; body: { a: number } }
      | { contentType: `image/${string}`; body: Blob }
    );
    reply:
      | { status: 200; contentType?: 'text/plain'; body: string }
      | { status: 200; contentType: 'application/pdf'; body: Blob }
      | { status: 404; body: Note };
  };
  patch: {
    input:
      | { contentType?: 'application/json'; body?: { a: number } }
      | { contentType: 'text/plain'; body: string };
    reply: { status: 204 };
  };
  search: { input: { querystring?: { q: string } }; reply: { status: 204 } };
}

({
  put: async ({ path, contentType, body }) => {
    if (contentType === 'application/json') {
      true satisfies Equal<typeof body, { a: number }>;
      return { status: 200, body: path.id };
    }
    true satisfies Equal<typeof body, Blob>;
    return { status: 200, contentType: 'application/pdf', body };
  },
  patch: async ({ contentType, body }) => {
    if (contentType === undefined) true satisfies Equal<typeof body, undefined>;
    if (contentType === 'text/plain') true satisfies Equal<typeof body, string>;
    return { status: 204 };
  },
  search: async ({ querystring }) => {
    true satisfies Equal<typeof querystring, { q: string } | undefined>;
    return { status: 204 };
  },
}) satisfies OperationHandlers<Uploads, User>;

true satisfies Equal<HandlerRequest<Uploads['search'], User>['body'], undefined>;
true satisfies Equal<HandlerRequest<Uploads['put'], User>['querystring'], undefined>;

declare const reply: <Op extends keyof Uploads>(op: Op, reply: HandlerReply<Uploads[Op]>) => void;
reply('put', { status: 200, contentType: 'text/plain', body: 'x' });
// @ts-expect-error a PDF is no text
reply('put', { status: 200, contentType: 'application/pdf', body: 'x' });
// @ts-expect-error a Blob is not of the first media type
reply('put', { status: 200, body: new Blob([]) });
// @ts-expect-error there is no such media type
reply('put', { status: 200, contentType: 'text/html', body: 'x' });
