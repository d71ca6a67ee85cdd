import { join } from 'node:path';
import { expect, test } from 'vitest';
import { faultsOfUsage, RUNTIME } from '../../test/compile.ts';
import { generateApi } from '../generate.ts';

const SPECS = join(import.meta.dirname, '../../../specs/genflow');

test('the socket of a large API is typed in both directions', async () => {
  const { files, warnings } = await generateApi({
    openapi: join(SPECS, 'openapi.yaml'),
    asyncapi: join(SPECS, 'asyncapi.yaml'),
    out: 'genflow',
    runtime: RUNTIME,
  });
  expect(warnings).toEqual([]);
  const usage = `
import type { ChannelsOf, Socket } from './runtime.ts';
import type { AckFrame, Channels, ErrorEvent, GenflowClient, OutlineGeneratedEvent, RealtimeServerMessage } from './index.ts';
import { genflow } from './index.ts';
import { genflowServer } from './server.ts';

declare const client: GenflowClient;

export async function use(): Promise<void> {
  const socket = client.realtime({ path: { sessionId: 's' } }, { maxUnread: 10 });
  const ack = await socket.request({
    type: 'edit.apply',
    data: { operations: [{ type: 'insert', position: { start: 0, end: 0 }, content: 'a' }] },
  });
  holds<Equal<typeof ack, AckFrame | ErrorEvent>>(true);
  const outline = await socket.request({ type: 'request.outline' }, { timeoutMs: 60_000 });
  holds<Equal<typeof outline, OutlineGeneratedEvent | ErrorEvent>>(true);
  await socket.send({ type: 'cursor.update', data: { offset: 1 } });
  // @ts-expect-error the answer of edit.apply is no outline
  const wrong: OutlineGeneratedEvent | ErrorEvent = ack;
  // @ts-expect-error there is no such message
  await socket.request({ type: 'edit.everything' });
  // @ts-expect-error data is missing
  await socket.request({ type: 'edit.apply' });
  // @ts-expect-error a misspelt field
  await socket.request({ type: 'edit.undo', data: { opID: 'x' } });
  // @ts-expect-error the cursor is told, not asked
  await socket.request({ type: 'cursor.update', data: { offset: 1 } });
  // @ts-expect-error the socket authenticates itself
  await socket.send({ type: 'auth', token: 'Bearer a' });
  for await (const message of socket) {
    holds<Equal<typeof message, RealtimeServerMessage>>(true);
    if (message.type === 'edit.insert') message.data.content.trim();
    // @ts-expect-error control messages are not among them
    if (message.type === 'auth.ok') return;
  }
  console.log(wrong);
}
type Realtime = ChannelsOf<typeof genflow>['realtime'];
holds<Equal<Realtime, Channels['realtime']>>(true);
holds<Equal<Extract<Realtime['requests']['edit.apply']['answer'], { type: 'ack' }>['replyTo'], string | undefined>>(true);
holds<Equal<keyof Realtime['session'], 'auth' | 'ready' | 'ping' | 'pong' | 'resume' | 'resumeFailed'>>(true);
export const validators = [genflowServer.clientMessages.realtime, genflowServer.channelInputs.realtime.path];
export type Any = Socket<unknown, unknown>;
declare const console: { log(value: unknown): void };
`;
  expect(await faultsOfUsage(files, usage)).toEqual([]);
});
