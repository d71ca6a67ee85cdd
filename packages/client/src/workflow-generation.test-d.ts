// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import type { EventStream } from '@flowwire/contract';
import {
  type ChatDoneEvent,
  type ChatErrorEvent,
  type ChatEvent,
  type CompleteEvent,
  type ErrorBody,
  type GenerationErrorEvent,
  type GenerationEvent,
  type Session,
  type SessionPage,
  type WorkflowDraft,
  type WorkflowGenerationClient,
  workflowGeneration,
} from '@flowwire/contract/workflow-generation';
import { expectTypeOf } from 'vitest';
import { isApiError } from './errors.ts';
import { createWorkflowGeneration } from './workflow-generation.ts';

const client = createWorkflowGeneration({ baseUrl: 'https://flows.example.com', auth: 'key' });
expectTypeOf(client).toEqualTypeOf<WorkflowGenerationClient>();

// Operations
const said = { body: { session_id: 's', message: 'Summarise a page' } };
expectTypeOf(client.listSessions).toBeCallableWith();
expectTypeOf(
  client.listSessions({ query: { state: 'waiting', limit: 5 } }),
).resolves.toEqualTypeOf<SessionPage>();
expectTypeOf(client.createSession({ body: {} })).resolves.toEqualTypeOf<Session>();
expectTypeOf(client.deleteSession({ path: { session_id: 's' } })).resolves.toEqualTypeOf<void>();
expectTypeOf(client.sendMessage(said)).toEqualTypeOf<
  EventStream<ChatEvent, ChatDoneEvent | ChatErrorEvent>
>();
expectTypeOf(client.followGeneration({ query: { session_id: 's' } })).toEqualTypeOf<
  EventStream<GenerationEvent, CompleteEvent | GenerationErrorEvent>
>();
expectTypeOf(client.sendMessage(said).result()).resolves.toEqualTypeOf<ChatDoneEvent | ChatErrorEvent>();

// @ts-expect-error there is no such operation
client.createSessions;
// @ts-expect-error the operation streams as it is
client.followGeneration.stream;
// @ts-expect-error a session needs a body
client.createSession();
// @ts-expect-error the query has a required parameter
client.followGeneration({ query: {} });
// @ts-expect-error the message is missing
client.sendMessage({ body: { session_id: 's' } });
// @ts-expect-error there is no such field
client.sendMessage({ body: { session_id: 's', message: 'a', model: 'x' } });
// @ts-expect-error there is no such state
client.listSessions({ query: { state: 'done' } });
// @ts-expect-error the header is a text
client.sendMessage({ ...said, headers: { 'Last-Event-ID': 3 } });
// @ts-expect-error the id stands in the path
client.getSession({ query: { session_id: 's' } });
// @ts-expect-error a session is no stream, which alone reconnects
client.getSession({ path: { session_id: 's' } }, { maxReconnects: 1 });

// Events
export async function narrowsEvents(): Promise<void> {
  for await (const event of client.sendMessage(said)) {
    if (event.type === 'message') expectTypeOf(event.content).toEqualTypeOf<string>();
    // @ts-expect-error there is no such event
    if (event.type === 'complete') return;
    // @ts-expect-error not every event has content
    event.content;
  }
  for await (const event of client.followGeneration({ query: { session_id: 's' } })) {
    if (event.type === 'draft') {
      expectTypeOf(event.data).toEqualTypeOf<WorkflowDraft>();
      for (const node of event.data.definition.nodes) {
        if (node.type === 'code') expectTypeOf(node.source).toEqualTypeOf<string>();
        // @ts-expect-error not every node has source
        node.source;
        // @ts-expect-error there is no such node
        if (node.type === 'robot') return;
      }
    }
    if (event.type === 'waiting') {
      // @ts-expect-error there is no workflow yet
      event.workflow_id;
    }
  }
}

// Errors
export function narrowsErrors(error: unknown): void {
  if (isApiError(error, workflowGeneration, 'sendMessage', 409)) {
    expectTypeOf(error.body).toEqualTypeOf<ErrorBody>();
    if (error.body.error === 'chat_in_progress') return;
    // @ts-expect-error there is no such code
    if (error.body.error === 'not_found') return;
  }
  // @ts-expect-error reading a session never conflicts
  isApiError(error, workflowGeneration, 'getSession', 409);
  // @ts-expect-error there is no such operation
  isApiError(error, workflowGeneration, 'chat', 409);
}
