import type { ErrorFrame, Finding } from '@flowwire/contract/astron';
import { ProblemError } from '@flowwire/koa';
import type { ErrorName, Errors } from './errors.ts';

/** A request that was refused before there was anything to tell of a run. */
export interface Refusal {
  readonly status: 200;
  readonly body: ErrorFrame;
}

export const refusedFrame = (
  errors: Errors,
  name: ErrorName,
  detail?: string,
  findings?: readonly Finding[],
): Refusal => ({
  status: 200,
  body: errors.errorFrame(name, detail, findings),
});

export const toCursor = (eventId: string | undefined): number => Number(eventId ?? 0);

/** The headers by which a stream is taken up again. */
export interface RunHeaders {
  readonly 'Idempotency-Key'?: string;
  readonly 'Last-Event-ID'?: string;
}

/** A cursor belongs to a run that exists: without the key that names it, the request would start another. */
export function cursorWithoutKey(errors: Errors, headers: RunHeaders): Refusal | undefined {
  if (headers['Idempotency-Key'] !== undefined || toCursor(headers['Last-Event-ID']) === 0) return undefined;
  const finding = { in: 'header', pointer: '/Idempotency-Key', message: 'is missing' } as const;
  return refusedFrame(errors, 'PARAM_ERROR', 'Last-Event-ID needs the Idempotency-Key of its run', [finding]);
}

/** Refuses what would queue another run. */
export const tooManyWait = () =>
  new ProblemError('rate_limited', 'Too many runs wait already. Try again later.', {
    headers: { 'Retry-After': '5' },
  });
