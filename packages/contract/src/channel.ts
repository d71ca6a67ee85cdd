import type { Operation, Parameter } from './operation.ts';

/** What a contract says of its WebSockets. Types only: nothing here exists at run time. */

/** One kind of message on a socket (AsyncAPI 3.1 Message Object). */
export interface MessageFormat {
  /** The value of the channel's discriminator; the message's name where `untagged`. */
  readonly type: string;
  /** It has no such property, and is known by its schema alone. */
  readonly untagged?: true;
  /** JSON pointer to the correlation id in the payload. */
  readonly correlationId?: string;
  /** The correlation id is a whole number, else a text. */
  readonly numericId?: true;
  /** The types of the other side's messages that may answer this one; each carries the same correlation id. */
  readonly replies?: readonly string[];
}

/**
 * Which messages of a channel authenticate, keep alive and resume a connection (`x-socket-session`), by
 * type. Their fields are fixed:
 *
 * - `auth { token }` is the client's first frame. The token is what the security scheme would put into a
 *   header: `Bearer <key>`, `Basic <...>`, or an API key as it is.
 * - `ready { data: { epoch?, lastSeq?, heartbeatMs? } }` answers it. The connection goes on from `lastSeq`.
 * - `ping { data? }` may come from either side and is answered by `pong { data? }` with the same data.
 * - `resume { data: { epoch, lastSeq } }` asks for what came after that position.
 * - `resumeFailed { data: { epoch, lastSeq } }` says that it cannot be had, and where the log goes on.
 */
export interface SocketSession {
  readonly auth?: string;
  readonly ready?: string;
  readonly ping?: string;
  readonly pong?: string;
  readonly resume?: string;
  readonly resumeFailed?: string;
  /**
   * JSON pointer to the position of a server's message in the session's log: whole numbers without holes,
   * each 1 more than the one before. A message without it is not in the log.
   */
  readonly sequence?: string;
}

/** A parameter of a channel's address, or of the query or headers of the request that opens it. */
export interface ChannelParameter extends Parameter {
  /** What is put into the address where a client gives nothing. */
  readonly default?: string;
}

/** What a server closes a socket with (`x-close-codes`). */
export interface CloseCode {
  readonly code: number;
  readonly reason: string;
  /** Whether connecting again may help. */
  readonly retry: boolean;
}

/** One WebSocket of an API (AsyncAPI 3.1 Channel Object). The document speaks as the server: it sends `server`. */
export interface Channel {
  readonly name: string;
  /** Path with `{name}` for parameters. */
  readonly address: string;
  /** In path, and as its ws binding says, in query and headers. */
  readonly parameters: readonly ChannelParameter[];
  /** Any one of these suffices. Empty: open to all. */
  readonly security: Operation['security'];
  /** The property that tells messages apart. A message without it is tried against each schema. */
  readonly discriminator?: string;
  /** What a server says, control messages included. */
  readonly server: readonly MessageFormat[];
  /** What a client says, control messages included. */
  readonly client: readonly MessageFormat[];
  readonly session?: SocketSession;
  readonly closeCodes: readonly CloseCode[];
}

/** The wire types of one channel; what codegen emits for each name. */
export interface ChannelTypes {
  /** `path`, `query` and `headers`, as far as the channel has them. */
  readonly input: object;
  /** What a server says, by type. Control messages are not among these. */
  readonly server: object;
  /** What a client says, by type. Control messages are not among these. */
  readonly client: object;
  /**
   * By type of a client's message that is answered: `message`, which may leave out its correlation id;
   * `reply`, the union of the answers; and `answer`, the same as a server makes it, without the id.
   */
  readonly requests: object;
  /** The control messages by their role in SocketSession. */
  readonly session: object;
}

/** Channels by name. */
export type ChannelsTypes<Channels> = { readonly [Name in keyof Channels]: ChannelTypes };

/** What an API without sockets has. */
export type NoChannels = Readonly<Record<never, never>>;

/** A message that may leave out one of its members: its correlation id, which is filled in. Distributes over unions. */
export type WithOptional<Message, Key extends PropertyKey> = Message extends unknown
  ? { [Name in keyof Message as Name extends Key ? never : Name]: Message[Name] } & {
      [Name in Key & keyof Message]?: Message[Name];
    }
  : never;
