// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type { ChatFrame, ErrorEnvelope, NodeFrame, StopFrame } from '@flowwire/contract/astron';
import type { astronServer } from '@flowwire/contract/astron/server';
import { expectTypeOf } from 'vitest';
import type { Handlers, StreamFrame } from './index.ts';
import type { User } from './testing/serve.ts';

type AstronHandlers = Handlers<typeof astronServer, User>;

declare const handlers: AstronHandlers;
declare const stop: StopFrame;
declare const node: NodeFrame;
declare const fault: ErrorEnvelope;

async function* tell<Frame>(item: Frame): AsyncGenerator<StreamFrame<Frame>> {
  yield { id: '1', item };
}

const { buildLayout: _buildLayout, ...withoutBuildLayout } = handlers;
// @ts-expect-error buildLayout is missing
withoutBuildLayout satisfies AstronHandlers;

({
  ...handlers,
  createChatCompletion: async ({ body }) =>
    body.stream ? { status: 200, stream: tell<ChatFrame>(stop) } : { status: 200, body: stop },
  debugChatCompletion: async () => ({ status: 200, stream: tell(node) }),
  buildLayout: async ({ path }) => {
    expectTypeOf(path.flow_id).toEqualTypeOf<string>();
    return { status: 200, stream: tell({ end_of_stream: true as const, sid: 's' }) };
  },
  uploadFile: async ({ body }) => {
    expectTypeOf(body.file).toEqualTypeOf<Blob>();
    return { status: 200, body: { code: 0, message: 'a', data: { url: '/f' }, sid: 's' } };
  },
  uploadFiles: async ({ body }) => {
    expectTypeOf(body.files).toEqualTypeOf<Blob[]>();
    return { status: 200, body: fault };
  },
  downloadFile: async () => ({ status: 200, body: new Blob(['a']) }),
}) satisfies AstronHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such operation
  deleteFile: handlers.downloadFile,
}) satisfies AstronHandlers;

({
  ...handlers,
  // @ts-expect-error faults in a request answer 200 with a code
  publishFlow: async () => ({ status: 400, body: fault }),
}) satisfies AstronHandlers;

({
  ...handlers,
  // @ts-expect-error only debugging shows nodes
  createChatCompletion: async () => ({ status: 200, stream: tell(node) }),
}) satisfies AstronHandlers;

({
  ...handlers,
  // @ts-expect-error bytes are a Blob
  downloadFile: async () => ({ status: 200, body: 'a' }),
}) satisfies AstronHandlers;

({
  ...handlers,
  // @ts-expect-error one file has one url
  uploadFile: async () => ({
    status: 200,
    body: { code: 0, message: 'a', data: { urls: ['/f'] }, sid: 's' },
  }),
}) satisfies AstronHandlers;

({
  ...handlers,
  // @ts-expect-error the end of building has no other name
  buildLayout: async () => ({ status: 200, stream: tell({ done: true, sid: 's' }) }),
}) satisfies AstronHandlers;

({
  ...handlers,
  // @ts-expect-error a chat has no path
  createChatCompletion: async ({ path }) => ({ status: 200, body: path.flow_id === '' ? stop : stop }),
}) satisfies AstronHandlers;
