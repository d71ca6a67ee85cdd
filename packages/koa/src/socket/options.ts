import type { Channel, ChannelTypes } from '@flowwire/contract';
import type { Problem } from '../problem.ts';
import type { Caller, SecurityOptions } from '../security.ts';
import type { ProblemMessage } from './handlers.ts';

/** Where an error came up. */
export interface SocketInfo {
  /** The name of the channel. */
  readonly channel: string;
  /** The path of the document, such as `/rooms/{id}`. */
  readonly route: string;
  readonly path: string;
  /** Random, the same for all that is told of one connection. */
  readonly connectionId: string;
}

/** One connection that has ended, for logs and metrics. */
export interface ClosedSocketInfo extends SocketInfo {
  /** Of the first side that closed; 1006 where the connection was cut. */
  readonly code: number;
  readonly reason: string;
  readonly durationMs: number;
  /** Frames, control messages included. */
  readonly received: number;
  readonly sent: number;
}

/** How many frames a client may send. */
export interface RateLimits {
  /** Frames of all types in a minute. Default: 1,200. */
  readonly perMinute?: number;
  /** Further bounds for all messages of some types together. */
  readonly groups?: readonly { readonly types: readonly string[]; readonly perMinute: number }[];
}

/** Every bound of a connection. */
export interface SocketLimits {
  /** Connections at once. Default: 10,000. Further ones are refused with 503. */
  readonly maxConnections?: number;
  /** Of them, those that have not authenticated yet. Default: 1,000. */
  readonly maxUnauthenticated?: number;
  /** Connections at once of one caller, see `callerOf`. Default: 100. Further ones are closed with 4429. */
  readonly maxConnectionsPerCaller?: number;
  /** Bytes of the longest frame. Default: 64 KiB. A longer one closes with 1009. */
  readonly maxFrameBytes?: number;
  /** Bytes that may wait for a client to read. Default: 1 MiB. */
  readonly maxBufferedBytes?: number;
  /** Milliseconds for the first frame to come. Default: 5 s. */
  readonly authTimeoutMs?: number;
  /** Milliseconds between two pings; a connection is cut that does not answer one. Default: 25 s. */
  readonly heartbeatMs?: number;
  /** Milliseconds without a message of the client's, heartbeats not counted, before it is closed with 4408. Default: never. */
  readonly idleMs?: number;
  /** Milliseconds in which a client takes something of what waits for it, else it is closed with 4008. Default: 30 s. */
  readonly stalledMs?: number;
  /** Milliseconds between two judgements of the same credential. Default: 60 s. */
  readonly reauthenticateMs?: number;
  readonly rates?: RateLimits;
}

export interface SocketServerOptions<Channels, Context, Message = ProblemMessages<Channels>>
  extends SecurityOptions<Context>,
    SocketLimits {
  /**
   * Puts a refusal in the API's own words. Where the message's type has a correlation id, that of the refused
   * message is filled in.
   */
  readonly problem: (problem: Problem, channel: Channel) => Message;
  /** Told of exceptions that were answered as internal ones, and of messages that break the document. */
  readonly onError: (error: unknown, info: SocketInfo) => void;
  /** Told once of each connection that was opened, when it has ended. */
  readonly onClosed?: (info: ClosedSocketInfo) => void;
  /**
   * Origins of other sites whose pages may connect, such as `https://app.example.com`. A page of the server's
   * own host may, and whoever sends no Origin, as programs do.
   */
  readonly origins?: readonly string[];
  /** Whom a connection counts for. Default: the address of the socket. */
  readonly callerOf?: (context: Context, caller: Caller) => string;
  /** Checks what is sent against the document, for development and tests. */
  readonly validateReplies?: boolean;
  /** When it aborts, connections are closed with 1012, and further ones refused with 503. */
  readonly draining?: AbortSignal;
}

type ProblemOf<Ch> = Ch extends ChannelTypes ? ProblemMessage<Ch> : never;

/** What a refusal may be put into, on any of these channels. */
export type ProblemMessages<Channels> = {
  readonly [Name in keyof Channels]: ProblemOf<Channels[Name]>;
}[keyof Channels];
