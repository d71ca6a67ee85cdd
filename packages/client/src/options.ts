import type { Operation, OutputValidators, SecurityScheme } from '@flowwire/contract';
import type { Auth } from './http/auth.ts';

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
   * tried again.
   */
  readonly auth?: Auth;
  /** Takes the place of the platform's fetch: for tests, proxies, logging. */
  readonly fetch?: Fetch;
  /** Milliseconds for one attempt. Default: 60 s for a whole answer, 30 s for a stream to begin. */
  readonly timeoutMs?: number;
  /** Further attempts after one that failed and may be repeated. Default: 2. */
  readonly maxRetries?: number;
  /**
   * How many bytes of an unfinished event are held, for each stream. It bounds the memory that a server
   * can take: a longer event fails the stream with ApiError `protocol`. Default: 16 MiB.
   */
  readonly maxEventBytes?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Any contract, as its table reads at run time. */
export interface AnyContract {
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  readonly outputs: Readonly<Record<string, OutputValidators>>;
}

/** One operation of a client: what its calls have in common. */
export interface Endpoint {
  readonly api: string;
  readonly operation: Operation;
  readonly outputs: OutputValidators;
  readonly securityScheme: SecurityScheme | undefined;
  readonly client: ClientOptions;
}

/** Any operation's input, as it reads at run time. */
export interface OperationInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}
