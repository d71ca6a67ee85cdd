import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '@flowwire/contract';
import { type AnyReply, type BindOptions, type InterceptedCall, ProblemError } from '@flowwire/koa';
import type { Principal } from '../identity/principal.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { HeldKey, IdempotencyStore, KeyedRequest } from './idempotency-store.ts';
import { createTurns } from './turns.ts';

export interface IdempotencyOptions {
  readonly store: IdempotencyStore;
  /** Names this process; another name for each boot. */
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told when what became of a request could not be kept. The same request may then be carried out again. */
  readonly onError: (error: unknown) => void;
  /** How long a repeated request waits for the answer of the first; default 30 s. */
  readonly waitMs?: number;
  /** How often to look whether another process has answered; default 250 ms. */
  readonly pollMs?: number;
}

export type Intercept = NonNullable<BindOptions<Principal>['intercept']>;

const WAIT_MS = 30_000;
const POLL_MS = 250;
/** Longer than what any body of 1 MiB is answered with. */
const MAX_REPLY_CHARS = 4 * 1024 * 1024;
const NOT_KEPT = '';

/**
 * Makes what answers a repeated request as it was answered the first time, for the operations whose document has the
 * header `Idempotency-Key`, but those that start runs (`startingRuns`, by operationId): their keys are written with
 * the run, in one transaction. A repeated answer has the header `Idempotency-Replayed: true`.
 *
 * - Another request with the same key throws the ProblemError `idempotency_key_reused`.
 * - The same request, while the first is at work, waits for its answer, and throws `unavailable` when that takes too
 *   long.
 * - A request that is refused or fails gives its key back: by an exception, by a status of 400 or more, or by a `code`
 *   that is not 0 where the document tells failures so.
 * - An answer of more than 4 Mi characters of JSON is not kept, nor are streams and files. Its key stays used.
 *
 * If the process dies, or the store fails, between what a request does and the keeping of its answer, the same request
 * does it again.
 */
export function createIdempotency(
  options: IdempotencyOptions,
): (startingRuns: ReadonlySet<string>) => Intercept {
  const { owner, waitMs = WAIT_MS } = options;
  const takeTurn = createTurns();
  const findEarlier = createFindEarlier(options);
  const carryOut = createCarryOut(options);

  return (startingRuns) => async (operation, call, next) => {
    const key = operation.idempotencyKey ? call.headers['Idempotency-Key'] : undefined;
    if (typeof key !== 'string' || startingRuns.has(operation.operationId)) return next();
    const held: HeldKey = { tenantId: call.context.tenantId, key, owner };
    const fingerprint = await fingerprintOf(operation, call);
    const patience = createPatience(call, waitMs);
    // The store gives a key to the process that holds it already: here only one request at a time asks.
    const endTurn = await takeTurn(JSON.stringify([held.tenantId, key]), patience);
    try {
      return (
        (await findEarlier({ ...held, fingerprint }, patience)) ?? (await carryOut(operation, held, next))
      );
    } finally {
      endTurn();
    }
  };
}

type Patience = () => AbortSignal;

/** A signal that aborts with the request, or when the first answer is overdue, then with the refusal. */
function createPatience({ signal }: Pick<InterceptedCall<unknown>, 'signal'>, waitMs: number): Patience {
  let patience: AbortSignal | undefined;
  const begin = () => {
    const overdue = new AbortController();
    setTimeout(() => overdue.abort(stillAtWork()), waitMs).unref();
    return AbortSignal.any([signal, overdue.signal]);
  };
  return () => {
    patience ??= begin();
    return patience;
  };
}

const stillAtWork = () =>
  new ProblemError(
    'unavailable',
    'The request that came with this Idempotency-Key before has not been answered yet. Try again in a moment.',
    { headers: { 'Retry-After': '5' } },
  );

/** Reserves a key for a request, or finds what the same request was answered. */
function createFindEarlier({ store, now, pollMs = POLL_MS }: IdempotencyOptions) {
  return async (request: Omit<KeyedRequest, 'at'>, patience: Patience): Promise<AnyReply | undefined> => {
    for (;;) {
      const reservation = await store.reserve({ ...request, at: now() });
      switch (reservation.outcome) {
        case 'reserved':
          return undefined;
        case 'answered':
          return toReplay(reservation.reply);
        case 'conflict':
          throw new ProblemError(
            'idempotency_key_reused',
            'This Idempotency-Key was used with another request.',
          );
        case 'pending':
          await sleep(pollMs, undefined, { signal: patience() }).catch(() => patience().throwIfAborted());
      }
    }
  };
}

function createCarryOut({ store, onError }: IdempotencyOptions) {
  const settle = async (operation: Operation, held: HeldKey, reply: AnyReply) =>
    hasFailed(operation, reply) ? store.release(held) : store.answer(held, toText(reply));

  return async (operation: Operation, held: HeldKey, next: () => Promise<AnyReply>): Promise<AnyReply> => {
    let reply: AnyReply;
    try {
      reply = await next();
    } catch (error) {
      await store.release(held).catch(onError);
      throw error;
    }
    // What was done is done: the client is told, whatever becomes of the key.
    await settle(operation, held, reply).catch(onError);
    return reply;
  };
}

/** See `ReplyFormat.errorCodes`. */
function hasFailed({ replies }: Operation, { status, body }: AnyReply): boolean {
  if (status >= 400) return true;
  const hasCode = typeof body === 'object' && body !== null && 'code' in body;
  return hasCode && body.code !== 0 && replies[status]?.errorCodes !== undefined;
}

function toText({ status, body, contentType, headers, stream }: AnyReply): string {
  if (stream !== undefined || body instanceof Blob) return NOT_KEPT;
  const text = JSON.stringify({ status, body, contentType, headers });
  return text.length > MAX_REPLY_CHARS ? NOT_KEPT : text;
}

function toReplay(text: string): AnyReply {
  if (text === NOT_KEPT)
    throw new ProblemError(
      'idempotency_key_reused',
      'The request with this Idempotency-Key was carried out; its answer was too long to be kept.',
    );
  const reply: AnyReply = JSON.parse(text);
  return { ...reply, headers: { ...reply.headers, 'Idempotency-Replayed': 'true' } };
}
