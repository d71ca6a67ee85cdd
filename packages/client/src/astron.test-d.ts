// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import type { EventStream } from '@flowwire/contract';
import {
  type AstronClient,
  astron,
  type BuildEndFrame,
  type BuildFrame,
  type ChatAnswer,
  type ChatFrame,
  type DebugFrame,
  type ErrorEnvelope,
  type ErrorFrame,
  type InterruptFrame,
  type StopFrame,
} from '@flowwire/contract/astron';
import { expectTypeOf } from 'vitest';
import { createAstron } from './astron.ts';
import { isApiError } from './errors.ts';

const client = createAstron({ baseUrl: 'https://flows.example.com', auth: 'key' });
expectTypeOf(client).toEqualTypeOf<AstronClient>();

// Operations
const chat = { body: { flow_id: 'f', parameters: { AGENT_USER_INPUT: 'a' } } };
const flow = { path: { flow_id: 'f' } };
type End = InterruptFrame | StopFrame | ErrorFrame;
expectTypeOf(client.createChatCompletion(chat)).resolves.toEqualTypeOf<ChatAnswer>();
expectTypeOf(client.createChatCompletion.stream(chat)).toEqualTypeOf<EventStream<ChatFrame, End>>();
expectTypeOf(client.debugChatCompletion.stream(chat)).toEqualTypeOf<EventStream<DebugFrame, End>>();
expectTypeOf(client.resumeChat.stream({ body: { event_id: 'e', content: 'yes' } })).toEqualTypeOf<
  EventStream<ChatFrame, End>
>();
expectTypeOf(client.buildLayout(flow)).toEqualTypeOf<EventStream<BuildFrame, BuildEndFrame>>();
expectTypeOf(client.downloadFile({ path: { file_id: 'f' } })).resolves.toEqualTypeOf<Blob>();
client.uploadFile({ body: { file: new Blob(['a']) } });
client.uploadFiles({ body: { files: [new Blob(['a'])] } });
client.publishFlow({ body: { flow_id: 'f', release_status: 1, plat: 4 } });

export async function readsEnvelopes(): Promise<void> {
  const added = await client.addLayout({ body: { name: 'n' } });
  // @ts-expect-error an error has no flow
  added.data.flow_id;
  if (added.code === 0 && added.data) expectTypeOf(added.data.flow_id).toEqualTypeOf<string>();
}

// @ts-expect-error there is no such operation
client.createChat;
// @ts-expect-error the parameters are missing
client.createChatCompletion({ body: { flow_id: 'f' } });
// @ts-expect-error the client chooses by the form of the call
client.createChatCompletion({ body: { ...chat.body, stream: true } });
// @ts-expect-error a layout is built in one form, which streams
client.buildLayout.stream(flow);
// @ts-expect-error a file is a Blob
client.uploadFile({ body: { file: 'a' } });
// @ts-expect-error files are a list
client.uploadFiles({ body: { files: new Blob(['a']) } });
// @ts-expect-error there is no such state of release
client.publishFlow({ body: { flow_id: 'f', release_status: 4 } });
// @ts-expect-error there is no such way to go on
client.resumeChat({ body: { event_id: 'e', event_type: 'retry', content: '' } });
// @ts-expect-error an answer belongs to an event
client.resumeChat({ body: { content: 'yes' } });
// @ts-expect-error no one says this
client.createChatCompletion({ body: { ...chat.body, history: [{ role: 'system', content: '' }] } });
// @ts-expect-error the id stands in the path
client.updateLayout({ body: { name: 'n' } });

// Values are told apart by their type
export const layout: Parameters<AstronClient['addLayout']>[0] = {
  body: {
    name: 'n',
    data: {
      data: {
        nodes: [
          {
            id: 'a',
            data: {
              nodeMeta: { nodeType: 'llm', aliasName: 'A' },
              inputs: [
                { name: 'x', schema: { type: 'string', value: { type: 'literal', content: 1 } } },
                // @ts-expect-error a reference names a node
                { name: 'y', schema: { type: 'string', value: { type: 'ref', content: { name: 'x' } } } },
                // @ts-expect-error there is no such kind of value
                { name: 'z', schema: { type: 'string', value: { type: 'env', content: 'x' } } },
              ],
            },
          },
        ],
        edges: [],
      },
    },
  },
};

// Frames
export async function narrowsFrames(): Promise<void> {
  for await (const frame of client.createChatCompletion.stream(chat)) {
    for (const { finish_reason, delta } of frame.choices) {
      expectTypeOf(finish_reason).toEqualTypeOf<'stop' | 'interrupt' | 'ping' | null | undefined>();
      expectTypeOf(delta.content).toEqualTypeOf<string>();
    }
    if (frame.event_data) {
      expectTypeOf(frame).toEqualTypeOf<InterruptFrame>();
      const question = frame.event_data.value;
      if (question.type === 'option')
        expectTypeOf(question.option[0]?.text).toEqualTypeOf<string | undefined>();
      // @ts-expect-error a direct question has no options
      question.option;
    }
    // @ts-expect-error frames have no text of their own
    frame.content;
  }
}

// Errors
export function narrowsErrors(error: unknown): void {
  if (isApiError(error, astron, 'createChatCompletion', 429)) {
    expectTypeOf(error.body).toEqualTypeOf<ErrorEnvelope>();
    expectTypeOf(error.body.code).toEqualTypeOf<number>();
  }
  // @ts-expect-error faults in a request answer 200 with a code
  isApiError(error, astron, 'createChatCompletion', 400);
}
