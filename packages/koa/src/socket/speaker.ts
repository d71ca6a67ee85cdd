import { readPosition, type SocketPosition } from '@flowwire/contract';
import type { WebSocket } from 'ws';
import type { Problem } from '../problem.ts';
import type { Received } from './dispatcher.ts';
import type { ChannelService } from './service.ts';
import { Writer } from './writer.ts';

export interface SpeakerHost<Context> {
  readonly service: ChannelService<Context>;
  readonly socket: WebSocket;
  readonly maxBufferedBytes: number;
  readonly onTooSlow: () => void;
  /** A message of the server's own breaks the document. */
  readonly onError: (error: unknown) => void;
}

/** What a server says on one connection. After the end it says nothing. */
export class Speaker<Context> {
  readonly #service: ChannelService<Context>;
  readonly #onError: (error: unknown) => void;
  readonly #writer: Writer;

  constructor({ service, socket, maxBufferedBytes, onTooSlow, onError }: SpeakerHost<Context>) {
    this.#service = service;
    this.#onError = onError;
    this.#writer = new Writer(socket, maxBufferedBytes, onTooSlow);
  }

  get bufferedBytes(): number {
    return this.#writer.bufferedBytes;
  }

  get blockedSince(): number | undefined {
    return this.#writer.blockedSince;
  }

  get sent(): number {
    return this.#writer.sent;
  }

  /** Sends a control message; none where the channel has no such. */
  control(type: string | undefined, data: unknown): void {
    if (type === undefined) return;
    this.#write(() => this.#service.control(type, data === undefined ? {} : { data }));
  }

  /** Tells that what was asked for cannot be had. Answers where the log goes on. */
  resumeFailed(data: unknown): SocketPosition | undefined {
    const { resumeFailed } = this.#service.channel.session ?? {};
    if (resumeFailed === undefined || data === undefined)
      throw new Error('the channel has no message for a gap');
    this.control(resumeFailed, data);
    return readPosition(data);
  }

  /** Says in the API's words why a message is refused. */
  refuse(problem: Problem, message: unknown): void {
    this.#write(() => this.#service.refusal(problem, this.#service.idOf(message)));
  }

  /** @throws ReplyError for an answer that the document does not name. */
  answer({ format, message }: Received, answer: unknown): void {
    this.#writer.send(this.#service.answer(format, answer, this.#service.idOf(message)));
  }

  /** @throws ReplyError for a message that the document does not describe. */
  message(message: unknown): void {
    this.#writer.send(this.#service.message(message));
  }

  /** Sends a message that others are sent too, and settles when the client is ready for the next. */
  shared(message: unknown): Promise<void> {
    this.#writer.send(this.#service.shared(message));
    return this.#writer.ready();
  }

  end(): void {
    this.#writer.end();
  }

  #write(encode: () => string): void {
    try {
      this.#writer.send(encode());
    } catch (error) {
      this.#onError(error);
    }
  }
}
