import type { ServerResponse } from 'node:http';
import type { Operation, OutputValidators } from '@flowwire/contract';
import type { Context as KoaContext } from 'koa';
import type { Connection } from './connection.ts';
import type { OpenStream } from './event-stream.ts';
import type { StreamFrame } from './handlers.ts';
import {
  type AnyReply,
  byStatus,
  checkReply,
  createFrameEncoder,
  encodeSentinel,
  ReplyError,
} from './replies.ts';
import { REQUEST_ID } from './request-id.ts';

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  // no-transform: a proxy that compresses would hold events back. The third line is nginx's.
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

export type Report = (error: unknown) => void;

/** What an answer needs of its request beside the connection. */
export interface Told {
  readonly requestId: string;
  /** Told what fails after the head is sent. */
  readonly report: Report;
}

interface AnswerParts {
  readonly operation: Operation;
  readonly outputs: OutputValidators;
  readonly validateReplies: boolean;
  /** The texts of frames that were written, by frame. */
  readonly texts: WeakMap<StreamFrame<unknown>, string>;
  readonly openStream: (stream: OpenStream) => void;
}

/**
 * Writes an answer; `report` is told what fails after the head is sent. Throws ReplyError for an answer
 * that the document does not describe.
 */
export type Answer = (ctx: KoaContext, connection: Connection, reply: AnyReply, told: Told) => void;

/** Prepares the writing of one operation's answers. */
export const createAnswer = (parts: AnswerParts): Answer => {
  const { operation, outputs, validateReplies, texts, openStream } = parts;
  const { operationId, replies } = operation;
  const streams = Object.fromEntries(
    Object.entries(replies).flatMap(([status, { stream }]) => {
      if (stream === undefined) return [];
      const encode = createFrameEncoder(
        operationId,
        stream,
        validateReplies ? outputs.item : undefined,
        texts,
      );
      return [[status, { encode, sentinel: encodeSentinel(stream) }]];
    }),
  );

  return (ctx, connection, reply, { requestId, report }) => {
    if (validateReplies) checkReply(operation, outputs, reply);
    const { status, stream, headers } = reply;
    if (stream === undefined) return writeBody(ctx, byStatus(replies, status)?.text, reply);
    const writer = byStatus(streams, status);
    if (writer === undefined) throw new ReplyError(`${operationId} declares no stream for ${status}`);
    const head = { status, headers: { ...STREAM_HEADERS, [REQUEST_ID]: requestId, ...headers } };
    if (ctx.method === 'HEAD') endUnread(ctx.res, head, stream, report);
    else openStream({ res: ctx.res, head, connection, source: stream, ...writer, onError: report });
    // Written raw: a stream as ctx.body costs 10 kB more per idle connection.
    ctx.respond = false;
  };
};

const writeBody = (
  ctx: KoaContext,
  textType: string | undefined,
  { status, body, headers }: AnyReply,
): void => {
  if (body === undefined) {
    ctx.body = null;
    ctx.status = status;
    if (headers !== undefined) ctx.set({ ...headers });
    return;
  }
  const asText = textType !== undefined && typeof body === 'string';
  const text = asText ? body : JSON.stringify(body);
  ctx.status = status;
  ctx.set('Content-Type', asText ? textType : 'application/json; charset=utf-8');
  if (headers !== undefined) ctx.set({ ...headers });
  ctx.body = text;
};

/** HEAD tells only that there is a stream; its source is let go unread. */
const endUnread = (
  res: ServerResponse,
  { status, headers }: OpenStream['head'],
  stream: AsyncIterable<unknown>,
  onError: (error: unknown) => void,
): void => {
  const iterator = stream[Symbol.asyncIterator]();
  res.writeHead(status, headers).end();
  void Promise.resolve(iterator.return?.()).catch(onError);
};
