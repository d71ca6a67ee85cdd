import type { OpeningInput, OpeningRequest } from './opening.ts';
import type { ClosedSocketInfo, SocketInfo, SocketLimits } from './options.ts';
import type { RateMeter } from './rate.ts';
import type { ChannelService } from './service.ts';

/** What a connection needs of its server. */
export interface ConnectionHost<Context> {
  readonly service: ChannelService<Context>;
  /** What is told of the connection in every case. */
  readonly info: SocketInfo;
  readonly request: OpeningRequest;
  readonly input: OpeningInput;
  readonly meter: RateMeter;
  readonly limits: Required<
    Pick<SocketLimits, 'maxBufferedBytes' | 'authTimeoutMs' | 'idleMs' | 'stalledMs' | 'reauthenticateMs'>
  >;
  /** Counts the connection for its caller. Answers whether there is room. */
  readonly admit: (context: Context) => boolean;
  readonly onError: (error: unknown, info: SocketInfo) => void;
  readonly onClosed: (info: ClosedSocketInfo) => void;
}
