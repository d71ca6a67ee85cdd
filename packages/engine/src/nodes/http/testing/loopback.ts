import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP server on loopback that keeps what it was asked. */
export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  readonly seen: Seen[];
  /** Replaces what it answers. */
  answer(handler: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): void;
}

export async function startLoopback(host = '127.0.0.1'): Promise<LoopbackServer> {
  const seen: Seen[] = [];
  let handle = (_request: IncomingMessage, response: ServerResponse): unknown => response.end();
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString('latin1') });
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  // Sound: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    seen,
    answer(handler) {
      handle = handler;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
