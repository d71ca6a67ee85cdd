import type { ServerResponse } from 'node:http';
import type { Operation, OutputValidators } from '@flowwire/contract';
import type { Context as KoaContext } from 'koa';
import { applyHeaders, takeHeaders } from './added-headers.ts';
import { sendBlob } from './blob.ts';
import type { Connection } from './connection.ts';
import { type ContentWriter, createContentPicker, JSON_WRITER } from './content.ts';
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
  /** A client that does not read a Blob for this long is cut off. */
  readonly stalledMs: number;
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
  const { operation, outputs, validateReplies, texts, openStream, stalledMs } = parts;
  const { operationId, replies } = operation;
  const formats = Object.entries(replies);
  const pickers = Object.fromEntries(
    formats.map(([status, format]) => [status, createContentPicker(operationId, status, format)]),
  );
  const streams = Object.fromEntries(
    formats.flatMap(([status, { stream }]) => {
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

  return (ctx, connection, reply, told) => {
    if (validateReplies) checkReply(operation, outputs, reply);
    const { status, stream, headers } = reply;
    if (stream === undefined) {
      const writer = byStatus(pickers, status)?.(reply.contentType) ?? JSON_WRITER;
      return writeBody(ctx, writer, reply, told, stalledMs);
    }
    const writer = byStatus(streams, status);
    if (writer === undefined) throw new ReplyError(`${operationId} declares no stream for ${status}`);
    const { requestId, report } = told;
    const head = {
      status,
      headers: { ...takeHeaders(ctx), ...STREAM_HEADERS, [REQUEST_ID]: requestId, ...headers },
    };
    if (ctx.method === 'HEAD') endUnread(ctx.res, head, stream, report);
    else openStream({ res: ctx.res, head, connection, source: stream, ...writer, onError: report });
    // Written raw: a stream as ctx.body costs 10 kB more per idle connection.
    ctx.respond = false;
  };
};

const writeBody = (
  ctx: KoaContext,
  writer: ContentWriter,
  { status, body, contentType, headers }: AnyReply,
  told: Told,
  stalledMs: number,
): void => {
  if (body === undefined) {
    ctx.body = null;
    ctx.status = status;
    if (headers !== undefined) ctx.set({ ...headers });
    return;
  }
  const payload = writer.payloadOf(body);
  ctx.status = status;
  ctx.set('Content-Type', writer.typeOf(body, contentType));
  if (typeof payload === 'string') {
    if (headers !== undefined) ctx.set({ ...headers });
    ctx.body = payload;
    return;
  }
  ctx.set({ 'Content-Length': String(payload.size), [REQUEST_ID]: told.requestId, ...headers });
  applyHeaders(ctx);
  // Written raw: Koa would wait for ever for a client that does not read.
  ctx.respond = false;
  if (ctx.method === 'HEAD') ctx.res.end();
  else void sendBlob({ res: ctx.res, blob: payload, stalledMs }).catch(told.report);
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
