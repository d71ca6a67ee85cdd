import type { Errors } from './errors.ts';
import type { FlowFaults } from './flows/protocol.ts';
import { newSid } from './sid.ts';

/** The answer of an operation that worked. @param now milliseconds since the epoch. */
export const succeeded = (now: number) => ({
  status: 200 as const,
  body: { code: 0 as const, message: 'success', sid: newSid(now) },
});

/** The answer of an operation that worked and has something to tell. @param now milliseconds since the epoch. */
export const told = <Data>(data: Data, now: number) => ({
  status: 200 as const,
  body: { code: 0 as const, message: 'success', data, sid: newSid(now) },
});

/** The answer of an operation that is refused: HTTP 200, and why in the body. */
export const refused = (errors: Errors, ...why: Parameters<Errors['refuse']>) => ({
  status: 200 as const,
  body: errors.refuse(...why),
});

/** The answer to a request whose `data` is a flow with faults. */
export const refusedAsFaulty = (errors: Errors, { error, detail, findings }: FlowFaults) =>
  refused(
    errors,
    error,
    detail,
    findings.map((finding) => ({ in: 'body', ...finding })),
  );
