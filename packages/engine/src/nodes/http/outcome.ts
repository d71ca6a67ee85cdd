import { NodeError } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import type { HttpResponse } from './sender.ts';

/** An answer as the outputs of a node. */
export type HttpOutcome = {
  readonly status: number;
  readonly headers: JsonObject;
  readonly body: string;
  /** The parsed body; null when it is no JSON. */
  readonly json: JsonValue;
};

export function toOutcome(response: HttpResponse, bodyAs: 'text' | 'base64' = 'text'): HttpOutcome {
  const { status, headers, body, bytes } = response;
  return {
    status,
    headers,
    body: bodyAs === 'base64' ? Buffer.from(bytes).toString('base64') : body,
    json: parseJson(body),
  };
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * A status of 400 or more as NodeError `http_status`. What passes by itself can be retried: 408, 429 and
 * 5xx, no sooner than `Retry-After` asks. `now` is milliseconds since the epoch.
 */
export function statusError(
  { status, headers }: Pick<HttpOutcome, 'status' | 'headers'>,
  now: number,
): NodeError {
  return new NodeError(`the server answered ${status}`, {
    code: 'http_status',
    retryable: status >= 500 || status === 429 || status === 408,
    retryAfterMs: parseRetryAfter(headers['retry-after'], now),
  });
}

/** Seconds or a date (RFC 9110 section 10.2.3), as milliseconds from now. */
function parseRetryAfter(value: JsonValue | undefined, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
