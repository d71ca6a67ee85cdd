import type { Operation, OutputValidators } from '@flowwire/contract';
import type { Auth, Signer } from './http/auth.ts';
import type { SocketContract } from './socket/methods.ts';
import type { WebSocketClass } from './socket/web-socket.ts';

/** What a client is made with. */
export interface ClientOptions {
  /**
   * Where the API's paths begin: an absolute http or https URL such as `https://flows.example.com`. On a
   * web page also `''` for the page's own origin, or a path on it such as `/flows`.
   */
  readonly baseUrl: string;
  /**
   * A key or token, or a function that is asked for it before each attempt. Sent to `baseUrl` only. Where
   * the function throws, or what it gives cannot be sent, the call fails with ApiError `auth` and is not
   * tried again. Where operations need several credentials at once, or each their own: an object of these by
   * the names of the document's security schemes.
   */
  readonly auth?: Auth;
  /** Takes the place of the platform's fetch: for tests, proxies, logging. */
  readonly fetch?: Fetch;
  /**
   * Takes the place of the platform's WebSocket. Node has none before version 22: give it that of the package
   * `ws`, which can also send headers and stop reading.
   */
  readonly WebSocket?: WebSocketClass;
  /** Milliseconds for one attempt. Default: 60 s for a whole answer, 30 s for a stream to begin. */
  readonly timeoutMs?: number;
  /** Further attempts after one that failed and may be repeated. Default: 2. */
  readonly maxRetries?: number;
  /**
   * How many bytes of an unfinished event are held, for each stream. It bounds the memory that a server
   * can take: a longer event fails the stream with ApiError `protocol`. Default: 16 MiB.
   */
  readonly maxEventBytes?: number;
  /**
   * How many bytes of an answer are held that is a Blob. A larger one fails the call with ApiError
   * `protocol`. Default: 256 MiB.
   */
  readonly maxBlobBytes?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Any contract, as its table reads at run time. */
export interface AnyContract extends SocketContract {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly outputs: Readonly<Record<string, OutputValidators>>;
}

/** One operation of a client: what its calls have in common. */
export interface Endpoint {
  readonly api: string;
  readonly operation: Operation;
  readonly outputs: OutputValidators;
  /** What its requests are signed with. */
  readonly signers: readonly Signer[];
  readonly client: ClientOptions;
}

/** Any operation's input, as it reads at run time. */
export interface OperationInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  /** The value of a parameter that is the whole query. */
  readonly querystring?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** The media type of the body, where the document has several. */
  readonly contentType?: string;
}
