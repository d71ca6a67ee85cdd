import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { bindSockets, type SecurityOptions, type SocketServer } from '@flowwire/koa';
import type { ApiPlan } from './api-plan.ts';
import type { MockContext, Pace } from './handlers.ts';
import { reworded } from './refusals.ts';
import { createSocketHandler } from './sockets.ts';

export interface SocketOptions extends Pace, SecurityOptions<MockContext> {
  readonly log: (text: string) => void;
}

/** Serves the WebSockets of one API. */
function serveChannels({ contract, channels }: ApiPlan, options: SocketOptions): SocketServer {
  const { log, authenticate, anonymous } = options;
  const handlers = Object.fromEntries(
    channels.map((plan) => [plan.channel.name, createSocketHandler(plan, options)]),
  );
  return bindSockets(contract, handlers, {
    ...(authenticate && { authenticate }),
    ...(anonymous && { anonymous }),
    problem({ message }, { name }) {
      log(`WS ${name}: ${message}\n`);
      return reworded(channels.find(({ channel }) => channel.name === name)?.refusal, message);
    },
    onError: (error, { path }) =>
      log(`WS ${path}: ${error instanceof Error ? error.message : String(error)}\n`),
    onClosed: ({ path, channel, code, received, sent, durationMs }) =>
      log(
        `WS ${path} -> ${code} ${channel} (${received} received, ${sent} sent, ${Math.round(durationMs)} ms)\n`,
      ),
  });
}

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/**
 * Hands the requests of a server that would open a WebSocket to the first API that has their path. Answers how
 * to close all that are open.
 */
export function serveSockets(
  server: Server,
  plans: readonly ApiPlan[],
  options: SocketOptions,
): () => Promise<void> {
  const served = plans
    .filter(({ channels }) => channels.length > 0)
    .map((plan) => serveChannels(plan, options));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A page under development comes from anywhere, and there is nothing here to be protected from it.
    delete request.headers.origin;
    if (served.some((sockets) => sockets.handleUpgrade(request, socket, head))) return;
    options.log(`WS ${request.url} -> 404 no channel\n`);
    socket.on('error', () => socket.destroy());
    socket.end(NOT_FOUND);
  });
  return async () => {
    await Promise.all(served.map((sockets) => sockets.close()));
  };
}
