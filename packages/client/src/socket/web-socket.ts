/** What of a WebSocket is used: of the platform's, or of that of the package `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(type: 'error', listener: (event: unknown) => void): void;
}

/** What `ws` takes beside the standard's arguments. */
export interface WebSocketExtras {
  readonly headers: Record<string, string>;
  /** Bytes of the longest message. */
  readonly maxPayload: number;
}

/** A WebSocket class: the platform's (WHATWG WebSockets), or that of the package `ws`. */
export type WebSocketClass = new (
  url: string,
  protocols?: string[],
  extras?: WebSocketExtras,
) => WebSocketLike;

/** A class, and whether it can send headers with the request that opens a connection. */
export interface WebSocketChoice {
  readonly WebSocket: WebSocketClass;
  readonly sendsHeaders: boolean;
}

/**
 * The class that the caller gave, else the platform's. Only a given one is trusted with headers: the
 * standard's has no argument for them.
 *
 * @throws TypeError where there is none, as on Node 20.
 */
export function chooseWebSocket(given: WebSocketClass | undefined): WebSocketChoice {
  const WebSocket = given ?? globalThis.WebSocket;
  if (WebSocket !== undefined) return { WebSocket, sendsHeaders: given !== undefined };
  throw new TypeError(
    'this platform has no WebSocket: install the package ws, and give its class to the client: { WebSocket: (await import("ws")).WebSocket }',
  );
}

interface Pausable {
  pause(): void;
  resume(): void;
}

/** `ws` can stop reading, the standard's WebSocket cannot. */
export const isPausable = (socket: object): socket is Pausable =>
  'pause' in socket && typeof socket.pause === 'function' && 'resume' in socket;
