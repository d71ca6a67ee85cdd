import type { ApiModel } from '@flowwire/codegen';
import type { Operation, OutputValidators, SecurityScheme } from '@flowwire/contract';
import type { Keys } from './keys.ts';
import type { Ledger } from './ledger.ts';
import type { SendOptions } from './target.ts';
import type { Answer } from './wire/answer.ts';
import type { Input, WireRequest } from './wire/request.ts';

/** A generated contract, whichever API's it is. */
export interface AnyContract {
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly outputs: Readonly<Record<string, OutputValidators>>;
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
}

/** What an answer has to be. */
export interface Outcome {
  readonly status: number | readonly number[];
  /** The code in its body; `null` for none. Any when absent. */
  readonly code?: string | number | null | readonly (string | number)[];
}

export interface CallOptions extends SendOptions {
  /** The key to send; the main one when absent, none for `null`. */
  readonly key?: string | null;
  readonly expect?: Outcome;
  /** What is tried, in words; the operation's own success when absent. */
  readonly what?: string;
}

/** Sends requests for one API and holds each answer against the document. */
export interface Caller {
  /**
   * Sends a request; notes whether the answer is one that the document describes and, with `expect`, the one that
   * was expected. Answers it whatever it is.
   */
  call(operationId: string, input: Input, options?: CallOptions): Promise<Answer>;
  /** As `call`, of an answer whose body is an object that is needed to go on. Throws StuckError when it is none. */
  need(operationId: string, input: Input, options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  /** Sends a request that belongs to no operation. */
  send(request: WireRequest): Promise<Answer>;
  readonly contract: AnyContract;
  readonly model: ApiModel;
  readonly keys: Keys;
  readonly ledger: Ledger;
}

/** Thrown by a flow that cannot go on; the answer that stopped it is noted already. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}

/** A story of requests that build on each other. */
export interface Flow {
  readonly name: string;
  readonly run: (caller: Caller) => Promise<void>;
}

/** A documented answer that no request from outside can be sure to bring about. */
export interface Unprovoked {
  /** All operations when absent. */
  readonly operationId?: string;
  readonly status: number;
  /** All codes of the status when absent. */
  readonly code?: string | number;
  readonly why: string;
}

/** What has to be said by hand about an API to try it. */
export interface ApiSuite {
  readonly contract: AnyContract;
  /** The folder of its documents in `specs`. */
  readonly specs: string;
  /** The code in the body of an answer; undefined where it has none. */
  readonly codeOf: (body: unknown) => string | number | undefined;
  /** The codes that say that a request breaks its document's schema, and not what stands behind it. */
  readonly schemaCodes: readonly (string | number)[];
  /** Pairs of codes that say the same: a server answers with one of the two. */
  readonly sameCodes?: readonly (readonly [number, number])[];
  /** Places of bodies whose values mean more than their schema says: one at a bound may be refused all the same. */
  readonly meaningful?: Readonly<Record<string, readonly string[]>>;
  /** Operations whose ids are names that the caller chooses, so that there are none that nobody has. */
  readonly namedByCaller?: readonly string[];
  /** A request of each operation that must succeed, each time it is made. Undefined for one that a flow tries alone. */
  readonly requests: Readonly<Record<string, ((caller: Caller) => Promise<Input>) | undefined>>;
  readonly flows: readonly Flow[];
  readonly unprovoked: readonly Unprovoked[];
}
