import type { Channel, Operation, ReadMessage } from '@flowwire/contract';
import { ApiError, type ApiErrorDetails, type ApiErrorType } from '../errors.ts';
import type { Signer } from '../http/auth.ts';
import type { ClientOptions } from '../options.ts';

/** One channel of a client: what its sockets have in common. */
export interface SocketEndpoint {
  readonly api: string;
  readonly channel: Channel;
  /** The request that opens a connection, which is written and signed like an operation's. */
  readonly opening: Operation;
  /** What signs a connection; none where the channel is open to all, or the client has no credential for it. */
  readonly signers: readonly Signer[];
  readonly client: ClientOptions;
  /** Reads what the server says. */
  readonly read: (message: unknown) => ReadMessage;
}

/** Any channel's input, as it reads at run time. */
export interface ChannelInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export function socketError(
  { api, channel }: SocketEndpoint,
  type: ApiErrorType,
  message: string,
  details: Omit<ApiErrorDetails, 'api' | 'operationId'> = {},
): ApiError {
  return new ApiError(type, message, { ...details, api, operationId: channel.name });
}
