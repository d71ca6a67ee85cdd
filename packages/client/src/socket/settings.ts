import type { SocketOptions } from '@flowwire/contract';
import type { ClientOptions } from '../options.ts';

/** The numbers of a socket, each given by its caller or by default. */
export interface SocketSettings {
  readonly connectTimeoutMs: number;
  readonly maxReconnects: number;
  readonly maxQueuedBytes: number;
  readonly maxUnread: number;
  readonly maxMessageChars: number;
}

export const settingsOf = (options: SocketOptions, client: ClientOptions): SocketSettings => ({
  connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
  maxReconnects: options.maxReconnects ?? 10,
  maxQueuedBytes: options.maxQueuedBytes ?? 1 << 20,
  maxUnread: options.maxUnread ?? 10_000,
  maxMessageChars: options.maxMessageChars ?? client.maxEventBytes ?? 16 << 20,
});
