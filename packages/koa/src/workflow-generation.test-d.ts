// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type { ChatEvent, GenerationEvent, Session } from '@flowwire/contract/workflow-generation';
import type { workflowGenerationServer } from '@flowwire/contract/workflow-generation/server';
import { expectTypeOf } from 'vitest';
import type { Handlers, StreamFrame } from './index.ts';
import type { User } from './testing/serve.ts';

type GenerationHandlers = Handlers<typeof workflowGenerationServer, User>;

declare const handlers: GenerationHandlers;
declare const session: Session;

async function* say(event: ChatEvent): AsyncGenerator<StreamFrame<ChatEvent>> {
  yield { id: '1', item: event };
}

async function* tell(event: GenerationEvent): AsyncGenerator<StreamFrame<GenerationEvent>> {
  yield { id: '1', item: event };
}

const { sendMessage: _sendMessage, ...withoutSendMessage } = handlers;
// @ts-expect-error sendMessage is missing
withoutSendMessage satisfies GenerationHandlers;

({
  ...handlers,
  createSession: async ({ body }) => ({ status: 201, body: { ...session, metadata: body.metadata ?? {} } }),
  deleteSession: async () => ({ status: 204 }),
  sendMessage: async ({ body, headers }) => {
    expectTypeOf(body.message).toEqualTypeOf<string>();
    expectTypeOf(headers['Last-Event-ID']).toEqualTypeOf<string | undefined>();
    return { status: 200, stream: say({ type: 'message', content: 'a', message_id: 'm' }) };
  },
  followGeneration: async ({ query }) =>
    query.last_event_id === undefined ? { status: 200, stream: tell({ type: 'waiting' }) } : { status: 204 },
}) satisfies GenerationHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such operation
  sendMessages: handlers.sendMessage,
}) satisfies GenerationHandlers;

({
  ...handlers,
  // @ts-expect-error a session is created, which is 201
  createSession: async () => ({ status: 200, body: session }),
}) satisfies GenerationHandlers;

({
  ...handlers,
  // @ts-expect-error reading a session answers no stream
  getSession: async () => ({ status: 200, stream: say({ type: 'done', state: 'complete' }) }),
}) satisfies GenerationHandlers;

({
  ...handlers,
  // @ts-expect-error the chat does not say how the generation goes
  sendMessage: async () => ({ status: 200, stream: tell({ type: 'waiting' }) }),
}) satisfies GenerationHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such code
  getSession: async () => ({
    status: 404,
    body: { error: 'not_found', message: 'a' },
  }),
}) satisfies GenerationHandlers;

({
  ...handlers,
  // @ts-expect-error the id stands in the query
  followGeneration: async ({ path }) => ({ status: path.session_id === '' ? 204 : 204 }),
}) satisfies GenerationHandlers;

// @ts-expect-error there is no such event
say({ type: 'draft' });
// @ts-expect-error the event's workflow is missing
tell({ type: 'start' });
// @ts-expect-error the chat has errors of its own
say({ type: 'error', error: 'invalid_request', message: 'a' });
