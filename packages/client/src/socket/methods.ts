import {
  type Channel,
  createMessageReader,
  type MessageValidators,
  type Operation,
  type SecurityScheme,
  type SocketOptions,
} from '@flowwire/contract';
import { pickSigners } from '../http/auth.ts';
import type { ClientOptions } from '../options.ts';
import type { ChannelInput, SocketEndpoint } from './endpoint.ts';
import { createSocket } from './socket.ts';

/** The part of a contract that describes its sockets. */
export interface SocketContract {
  readonly name: string;
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly serverMessages: Readonly<Record<string, MessageValidators>>;
}

type Open = (input?: ChannelInput, options?: SocketOptions) => ReturnType<typeof createSocket>;

/**
 * The methods of a client that open sockets. `client.baseUrl` is absolute.
 *
 * @throws TypeError for a contract whose tables do not go together.
 */
export function createSocketMethods(
  contract: SocketContract,
  client: ClientOptions,
): Readonly<Record<string, Open>> {
  const methods = Object.values(contract.channels).map((channel): [string, Open] => {
    const endpoint = createEndpoint(contract, channel, client);
    return [channel.name, (input = {}, options = {}) => createSocket(endpoint, input, options)];
  });
  return Object.fromEntries(methods);
}

function createEndpoint(contract: SocketContract, channel: Channel, client: ClientOptions): SocketEndpoint {
  const validators = contract.serverMessages[channel.name];
  if (validators === undefined) throw new TypeError(`${contract.name} has no messages for ${channel.name}`);
  const { discriminator, server: formats } = channel;
  // RFC 6455 section 4.1: a connection begins as a GET request.
  const opening: Operation = {
    operationId: channel.name,
    method: 'GET',
    path: channel.address,
    parameters: channel.parameters,
    replies: {},
    security: channel.security,
    resumable: false,
    idempotencyKey: false,
  };
  return {
    api: contract.name,
    channel,
    opening,
    signers: pickSigners(channel.security, contract.securitySchemes, client.auth),
    client,
    read: createMessageReader({ discriminator, formats, validators }),
  };
}
