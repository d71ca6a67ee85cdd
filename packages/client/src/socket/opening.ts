import type { SecurityScheme } from '@flowwire/contract';
import { sign } from '../http/auth.ts';
import { setHeader } from '../http/headers.ts';
import { buildUrl } from '../http/serialize.ts';
import { writeHeader } from '../http/styles.ts';
import type { SignedWith } from './credential.ts';
import { type ChannelInput, type SocketEndpoint, socketError } from './endpoint.ts';
import { chooseWebSocket, type WebSocketChoice } from './web-socket.ts';

const PROTOCOL = 'sec-websocket-protocol';

/** The arguments of a WebSocket, and the token of its first frame where the channel has one. */
export interface SignedOpening {
  readonly url: string;
  readonly protocols: string[];
  readonly headers: Record<string, string>;
  readonly token: string | undefined;
}

/** What a connection is opened with, the same each time but for the credential. */
export interface Opening extends WebSocketChoice {
  /** @throws ApiError `auth` for a credential that cannot be sent, without quoting it. */
  sign(credentials: readonly SignedWith[]): SignedOpening;
}

/**
 * Writes the request that opens a connection. The URL is the client's `baseUrl` with `ws` for `http` and
 * `wss` for `https`: what is secret goes over a connection without TLS only where the caller chose that.
 *
 * @throws TypeError for input that cannot be sent, and where the platform has no WebSocket.
 */
export function prepareOpening(endpoint: SocketEndpoint, input: ChannelInput): Opening {
  const { opening, client, channel } = endpoint;
  const choice = chooseWebSocket(client.WebSocket);
  const path = { ...defaultsOf(endpoint), ...input.path };
  const url = buildUrl(client.baseUrl, opening, path, input.query ?? {}).replace(/^http/, 'ws');
  const headers = new Headers(choice.sendsHeaders ? client.headers : {});
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (value === undefined) continue;
    if (!choice.sendsHeaders && name.toLowerCase() !== PROTOCOL) throw cannotSend(channel.name, name);
    const parameter = opening.parameters.find((each) => each.in === 'header' && each.name === name);
    setHeader(headers, name, parameter ? writeHeader(parameter, value) : String(value));
  }
  return { ...choice, sign: (credentials) => signOpening(endpoint, choice, url, headers, credentials) };
}

function defaultsOf({ channel }: SocketEndpoint): Record<string, string> {
  return Object.fromEntries(
    channel.parameters.flatMap(({ in: place, name, default: value }) =>
      place === 'path' && value !== undefined ? [[name, value]] : [],
    ),
  );
}

function cannotSend(channel: string, header: string): TypeError {
  return new TypeError(
    `${channel}: the platform's WebSocket cannot send the header ${header}: give the client the class of the package ws`,
  );
}

function signOpening(
  endpoint: SocketEndpoint,
  { sendsHeaders }: WebSocketChoice,
  url: string,
  given: Headers,
  credentials: readonly SignedWith[],
): SignedOpening {
  const { channel } = endpoint;
  const headers = new Headers(given);
  const [first] = credentials;
  if (first !== undefined && channel.session?.auth !== undefined) {
    const signed = new Headers();
    signWith(endpoint, url, signed, first);
    return split(url, headers, signed.get(headerOf(first.scheme)) ?? first.credential);
  }
  let signedUrl = url;
  for (const signer of credentials) {
    if (!sendsHeaders && !isSignedWithoutHeaders(signer.scheme)) {
      throw socketError(endpoint, 'auth', cannotSend(channel.name, headerOf(signer.scheme)).message);
    }
    signedUrl = signWith(endpoint, signedUrl, headers, signer);
  }
  return split(signedUrl, headers, undefined);
}

function signWith(endpoint: SocketEndpoint, url: string, headers: Headers, signer: SignedWith): string {
  try {
    return sign(url, headers, signer.scheme, signer.credential);
  } catch {
    // Without the cause: an error about a key should have nothing of it.
    throw socketError(endpoint, 'auth', 'the credential has characters that cannot be sent');
  }
}

const headerOf = (scheme: SecurityScheme): string =>
  scheme.type === 'apiKey' && scheme.in === 'header' ? scheme.name : 'authorization';

/** A browser sends its own cookies, so that one which cannot be set is no fault. */
const isSignedWithoutHeaders = (scheme: SecurityScheme): boolean =>
  scheme.type === 'apiKey' && (scheme.in !== 'header' || scheme.name.toLowerCase() === PROTOCOL);

/** Subprotocols have an argument of their own, and may carry a credential also in browsers. */
function split(url: string, headers: Headers, token: string | undefined): SignedOpening {
  const protocols = (headers.get(PROTOCOL) ?? '').split(',').map((name) => name.trim());
  headers.delete(PROTOCOL);
  return {
    url,
    protocols: protocols.filter((name) => name !== ''),
    headers: Object.fromEntries(headers),
    token,
  };
}
