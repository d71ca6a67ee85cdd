import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  Channel,
  ChannelsTypes,
  InputValidators,
  MessageValidators,
  OperationsTypes,
  ServerContract,
} from '@flowwire/contract';
import { type WebSocket, WebSocketServer } from 'ws';
import { ProblemError } from '../problem.ts';
import { Capacity, type Seat } from './capacity.ts';
import { CLOSE } from './close.ts';
import { Connection } from './connection.ts';
import type { ChannelHandlers } from './handlers.ts';
import { Heartbeats } from './heartbeats.ts';
import type { ConnectionHost } from './host.ts';
import type { OpeningRequest } from './opening.ts';
import type { ProblemMessages, SocketInfo, SocketServerOptions } from './options.ts';
import { BAD_PATH, DRAINING, FOREIGN, FULL, INTERNAL } from './problems.ts';
import { createRateMeter } from './rate.ts';
import { mayConnect, refuse } from './refuse.ts';
import { createRoutes, type Route } from './routes.ts';
import { type AnySocketHandler, ChannelService } from './service.ts';

const DEFAULTS = {
  maxConnections: 10_000,
  maxUnauthenticated: 1000,
  maxConnectionsPerCaller: 100,
  maxFrameBytes: 64 * 1024,
  maxBufferedBytes: 1024 * 1024,
  authTimeoutMs: 5000,
  heartbeatMs: 25_000,
  idleMs: Number.POSITIVE_INFINITY,
  stalledMs: 30_000,
  reauthenticateMs: 60_000,
};

/** How long a client may take to answer a close before its connection is cut. */
const CLOSE_TIMEOUT_MS = 5000;
/** Against messages in a thousand pieces; each costs more memory than its bytes. */
const MAX_FRAGMENTS = 1024;
const MAX_BUFFERED_CHUNKS = 4096;

/** Serves the sockets of one API. */
export interface SocketServer {
  /** How many connections are open. */
  readonly connections: number;
  /**
   * For the event `upgrade` of an HTTP server. Answers whether the request is for one of the API's channels;
   * if not, nothing was done with it.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Refuses what comes, closes what is open with 1012, and settles when all are closed. */
  close(): Promise<void>;
}

/**
 * Serves the WebSocket channels of one API beside an HTTP server: checks origin, capacity, parameters and
 * credentials, reads and validates what clients say, calls the handler of each message, and sends its answer.
 *
 * @throws Error when a channel has no handler, a handler no channel, or a channel needs what cannot be served.
 */
export const bindSockets = <
  Ops extends OperationsTypes<Ops>,
  Channels extends ChannelsTypes<Channels>,
  Context,
  // So that the texts in it are taken as what they are.
  const Message extends ProblemMessages<Channels>,
>(
  contract: ServerContract<Ops, Channels>,
  handlers: ChannelHandlers<Channels, Context>,
  options: SocketServerOptions<Channels, Context, Message>,
): SocketServer => new Sockets(servicesOf(contract, handlers, options), options);

const servicesOf = <Ops extends OperationsTypes<Ops>, Channels extends ChannelsTypes<Channels>, Context>(
  contract: ServerContract<Ops, Channels>,
  handlers: ChannelHandlers<Channels, Context>,
  options: SocketServerOptions<Channels, Context, unknown>,
): ChannelService<Context>[] => {
  const channels: Readonly<Record<string, Channel>> = contract.channels;
  const inputs: Readonly<Record<string, InputValidators>> = contract.channelInputs;
  const said: Readonly<Record<string, MessageValidators>> = contract.clientMessages;
  const sent: Readonly<Record<string, MessageValidators>> = contract.serverMessages;
  // Sound: a handler is given only what the validators of its own channel accepted.
  const untyped = handlers as unknown as Readonly<Record<string, AnySocketHandler<Context>>>;
  const { problem } = options;
  const surplus = Object.keys(handlers).filter((name) => !Object.hasOwn(channels, name));
  if (surplus.length > 0) throw new Error(`${contract.name}: no channel for ${surplus.join(', ')}`);
  return Object.entries(channels).map(([name, channel]) => {
    const [handler, input, clientMessages, serverMessages] = [
      untyped[name],
      inputs[name],
      said[name],
      sent[name],
    ];
    if (!handler) throw new Error(`${contract.name}: no handler for ${name}`);
    if (!input || !clientMessages || !serverMessages) {
      throw new Error(`${contract.name}: ${name} has no validators`);
    }
    return new ChannelService({
      channel,
      inputs: input,
      clientMessages,
      serverMessages,
      schemes: contract.securitySchemes,
      security: options,
      handler,
      problem,
      validateReplies: options.validateReplies ?? false,
    });
  });
};

class Sockets<Channels, Context> implements SocketServer {
  readonly #options: SocketServerOptions<Channels, Context, unknown>;
  readonly #limits: typeof DEFAULTS;
  readonly #find: (url: string) => Route<ChannelService<Context>> | 'malformed' | undefined;
  readonly #server: WebSocketServer;
  readonly #capacity = new Capacity();
  readonly #heartbeats: Heartbeats;
  readonly #open = new Set<Connection<Context>>();
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  constructor(
    services: readonly ChannelService<Context>[],
    options: SocketServerOptions<Channels, Context, unknown>,
  ) {
    this.#options = options;
    this.#limits = withDefaults(options);
    this.#find = createRoutes(services);
    this.#heartbeats = new Heartbeats(this.#limits.heartbeatMs);
    const server = {
      noServer: true,
      clientTracking: false,
      // It costs a hundred times the memory of a connection without.
      perMessageDeflate: false,
      maxPayload: this.#limits.maxFrameBytes,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    this.#server = new WebSocketServer(server);
    if (options.draining?.aborted) this.#isDraining = true;
    options.draining?.addEventListener('abort', () => void this.close(), { once: true });
  }

  get connections(): number {
    return this.#open.size;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const route = this.#find(request.url ?? '/');
    if (route === undefined) return false;
    if (route === 'malformed') refuse(socket, BAD_PATH);
    else if (!mayConnect(request, this.#options.origins ?? [])) refuse(socket, FOREIGN);
    else if (this.#isDraining) refuse(socket, DRAINING);
    else if (this.#isFull()) refuse(socket, FULL);
    else void this.#admit(route, request, socket, head);
    return true;
  }

  async close(): Promise<void> {
    this.#isDraining = true;
    if (this.#open.size === 0) return;
    const emptied = new Promise<void>((resolve) => {
      const before = this.#onEmpty;
      this.#onEmpty = () => {
        before?.();
        resolve();
      };
    });
    for (const connection of this.#open) connection.close(CLOSE.draining, 'The server is shutting down.');
    await emptied;
  }

  #isFull(): boolean {
    const { maxConnections, maxUnauthenticated } = this.#limits;
    return this.#capacity.total >= maxConnections || this.#capacity.unauthenticated >= maxUnauthenticated;
  }

  /** Reads and judges the request, and opens the connection. */
  async #admit(
    { target: service, params }: Route<ChannelService<Context>>,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    if (socket.destroyed) return;
    // Node leaves the socket without a listener, and an error would end the process.
    socket.on('error', () => socket.destroy());
    // From here on, as judging may take a while.
    const seat = this.#capacity.enter();
    socket.once('close', () => seat.leave());
    const { headers, method, url, socket: tcp } = request;
    const kept = { headers, socket: tcp, method: method ?? 'GET', url: url ?? '/' };
    try {
      const input = service.opening.read(kept, params);
      const isFirstFrame = service.channel.session?.auth !== undefined && !service.opening.isSigned(kept);
      const context = isFirstFrame ? undefined : { value: await service.opening.judge(kept) };
      if (this.#isDraining) throw new ProblemError('unavailable', DRAINING.message);
      this.#server.handleUpgrade(request, socket, head, (ws) =>
        this.#serve(ws, { service, request: kept, input }, seat).start(context),
      );
    } catch (error) {
      if (!(error instanceof ProblemError)) this.#options.onError(error, infoOf(service.channel, url));
      refuse(socket, error instanceof ProblemError ? error.problem : INTERNAL);
    }
  }

  #serve(
    ws: WebSocket,
    parts: Pick<ConnectionHost<Context>, 'service' | 'request' | 'input'>,
    seat: Seat,
  ): Connection<Context> {
    const { onError, onClosed, rates = {} } = this.#options;
    const connection: Connection<Context> = new Connection(ws, {
      ...parts,
      info: infoOf(parts.service.channel, parts.request.url),
      meter: createRateMeter(rates, performance.now()),
      limits: this.#limits,
      admit: (context) =>
        seat.take(this.#callerOf(context, parts.request), this.#limits.maxConnectionsPerCaller),
      onError,
      onClosed: (info) => {
        this.#open.delete(connection);
        leaveHeartbeats();
        if (this.#open.size === 0) this.#onEmpty?.();
        onClosed?.(info);
      },
    });
    this.#open.add(connection);
    const leaveHeartbeats = this.#heartbeats.add(connection);
    return connection;
  }

  #callerOf(context: Context, { headers, method = 'GET', socket }: OpeningRequest): string {
    const { remoteAddress } = socket;
    return this.#options.callerOf?.(context, { headers, method, remoteAddress }) ?? remoteAddress ?? '';
  }
}

const infoOf = ({ name, address }: Channel, url = '/'): SocketInfo => {
  const [path = ''] = url.split('?');
  return { channel: name, route: address, path, connectionId: randomUUID() };
};

const withDefaults = (given: Partial<typeof DEFAULTS>): typeof DEFAULTS => {
  const limit = <Name extends keyof typeof DEFAULTS>(name: Name) => [name, given[name] ?? DEFAULTS[name]];
  // Sound: its keys are those of DEFAULTS, and its values numbers as theirs.
  return Object.fromEntries(
    Object.keys(DEFAULTS).map((name) => limit(name as keyof typeof DEFAULTS)),
  ) as typeof DEFAULTS;
};
