import {
  type Channel,
  createMessageReader,
  encodeFrame,
  type InputValidators,
  type MessageFormat,
  type MessageValidators,
  pointerKeys,
  type ReadMessage,
  readAt,
  type SecurityScheme,
  type SocketPosition,
  toFindings,
  typeOf,
  writeAt,
} from '@flowwire/contract';
import type { Problem } from '../problem.ts';
import { ReplyError } from '../replies.ts';
import type { SecurityOptions } from '../security.ts';
import { createOpening, type Opening, type OpeningInput } from './opening.ts';

type Awaitable<T> = T | Promise<T>;

/** A handler's view of its connection, without the types of its channel. */
export interface AnyConnection<Context> extends OpeningInput {
  readonly id: string;
  readonly context: Context;
  readonly signal: AbortSignal;
  readonly bufferedBytes: number;
  send(message: unknown): void;
  close(code: number, reason?: string): void;
}

export type AnySubscription = AsyncIterable<unknown> | { readonly resumeFailed: unknown };

/** What a handler made of a connection, without the types of its channel. */
export interface AnyOpened<Context> {
  readonly ready?: unknown;
  readonly messages: Readonly<Record<string, (message: unknown) => unknown>>;
  readonly concurrent?: readonly string[];
  readonly subscribe?: (request: {
    readonly after: SocketPosition | undefined;
    readonly signal: AbortSignal;
  }) => Awaitable<AnySubscription>;
  readonly renew?: (context: Context) => Awaitable<unknown>;
  readonly closed?: (end: { readonly code: number; readonly reason: string }) => void;
}

export type AnySocketHandler<Context> = (connection: AnyConnection<Context>) => Awaitable<AnyOpened<Context>>;

/** One channel with all that its connections are served with. */
export interface ChannelParts<Context> {
  readonly channel: Channel;
  readonly inputs: InputValidators;
  readonly clientMessages: MessageValidators;
  readonly serverMessages: MessageValidators;
  readonly schemes: Readonly<Record<string, SecurityScheme>>;
  readonly security: SecurityOptions<Context>;
  readonly handler: AnySocketHandler<Context>;
  readonly problem: (problem: Problem, channel: Channel) => unknown;
  readonly validateReplies: boolean;
}

/** What is said back to a client, from a message that may not be valid. */
const MAX_ID_CHARS = 256;

/** Where the messages of a type have their correlation id. */
interface Identified {
  readonly keys: readonly string[];
  readonly isNumeric: boolean;
}

const identifiedOf = (formats: readonly MessageFormat[]): ReadonlyMap<string, Identified> =>
  new Map(
    formats.flatMap(({ type, correlationId, numericId }) =>
      correlationId === undefined
        ? []
        : [[type, { keys: pointerKeys(correlationId), isNumeric: numericId === true }]],
    ),
  );

/** What the connections of one channel share. */
export class ChannelService<Context> {
  readonly channel: Channel;
  readonly opening: Opening<Context>;
  readonly handler: AnySocketHandler<Context>;
  /** Reads what a client says. */
  readonly read: (message: unknown) => ReadMessage;
  readonly #problem: ChannelParts<Context>['problem'];
  readonly #readOwn: ((message: unknown) => ReadMessage) | undefined;
  readonly #answers: ReadonlyMap<string, Identified>;
  readonly #identified: ReadonlyMap<string, Identified>;
  /** Where a message of an unknown type would have its id, to judge by the others. */
  readonly #anyIdentified: Identified | undefined;
  readonly #control: ReadonlySet<string>;
  /** The frames of messages that go to several clients, for as long as the message lives. */
  readonly #frames = new WeakMap<object, Buffer>();

  constructor(parts: ChannelParts<Context>) {
    const { channel, inputs, schemes, security } = parts;
    const { discriminator, client, server, session = {} } = channel;
    this.channel = channel;
    this.handler = parts.handler;
    this.#problem = parts.problem;
    this.opening = createOpening(channel, inputs, schemes, security);
    this.read = createMessageReader({ discriminator, formats: client, validators: parts.clientMessages });
    this.#readOwn = parts.validateReplies
      ? createMessageReader({ discriminator, formats: server, validators: parts.serverMessages })
      : undefined;
    this.#answers = identifiedOf(server);
    this.#identified = identifiedOf(client);
    [this.#anyIdentified] = this.#identified.values();
    const { auth, ready, ping, pong, resume, resumeFailed } = session;
    this.#control = new Set([auth, ready, ping, pong, resume, resumeFailed].flatMap((type) => type ?? []));
  }

  /** The types of messages that need a handler. */
  get handled(): string[] {
    return this.channel.client.flatMap(({ type }) => (this.#control.has(type) ? [] : type));
  }

  typeOf(message: unknown): string | undefined {
    return typeOf(message, this.channel.discriminator);
  }

  /** The correlation id of a client's message, also of one that is not valid; undefined where it is of no use. */
  idOf(message: unknown): string | number | undefined {
    const format = this.#identified.get(this.typeOf(message) ?? '') ?? this.#anyIdentified;
    const id = format && readAt(message, format.keys);
    if (format?.isNumeric) return typeof id === 'number' ? id : undefined;
    return typeof id === 'string' && id.length <= MAX_ID_CHARS ? id : undefined;
  }

  /** The frame of a control message. */
  control(type: string, members: Readonly<Record<string, unknown>>): string {
    const { discriminator = 'type' } = this.channel;
    return this.#encode({ [discriminator]: type, ...members });
  }

  /** The frame of one message. @throws ReplyError for one that the document does not describe. */
  message(message: unknown): string {
    const type = this.typeOf(message);
    if (type !== undefined && this.#control.has(type)) {
      throw new ReplyError(`${this.channel.name}: ${type} is sent by the connection itself`);
    }
    return this.#encode(message);
  }

  /** The same for a message that others are sent too. */
  shared(message: unknown): string | Buffer {
    if (typeof message !== 'object' || message === null) return this.message(message);
    let frame = this.#frames.get(message);
    if (frame === undefined) {
      frame = Buffer.from(this.message(message));
      this.#frames.set(message, frame);
    }
    return frame;
  }

  /** The frame of a request's answer. @throws ReplyError for an answer that the document does not name. */
  answer({ type: asked, replies = [] }: MessageFormat, answer: unknown, id: unknown): string {
    const type = this.typeOf(answer);
    if (type === undefined || !replies.includes(type)) {
      throw new ReplyError(`${this.channel.name}: ${asked} is not answered by ${String(type)}`);
    }
    return this.#encode(this.#withId(answer, id));
  }

  /** The frame that says why a message was refused. */
  refusal(problem: Problem, id: unknown): string {
    return this.#encode(this.#withId(this.#problem(problem, this.channel), id));
  }

  #withId(message: unknown, id: unknown): unknown {
    const format = this.#answers.get(this.typeOf(message) ?? '');
    return format === undefined || id === undefined ? message : writeAt(message, format.keys, id);
  }

  #encode(message: unknown): string {
    const read = this.#readOwn?.(message);
    if (read !== undefined && read.kind !== 'known') {
      const findings = read.kind === 'invalid' ? toFindings(read.errors) : [];
      const what = this.typeOf(message) ?? 'a message';
      throw new ReplyError(`${this.channel.name}: ${what} breaks the document`, findings);
    }
    return encodeFrame(message);
  }
}
