import type { CallOptions, Operation } from '@flowwire/contract';
import { abortedError, startAttempt } from './http/attempt.ts';
import { successesOf } from './http/replies.ts';
import { prepareRequest } from './http/request.ts';
import { readReply } from './http/response.ts';
import { isTransient, retryDelayMs } from './http/retry.ts';
import { sleep } from './http/wait.ts';
import type { Endpoint, OperationInput } from './options.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_RETRIES = 2;

/**
 * Calls an operation that answers at once, and again where that may help and does no harm: safe methods
 * and requests with an Idempotency-Key, the same key each time.
 *
 * @throws ApiError, or TypeError for input that cannot be sent
 */
export async function call(
  endpoint: Endpoint,
  input: OperationInput,
  options: CallOptions,
): Promise<unknown> {
  const { operation, client } = endpoint;
  const timeoutMs = options.timeoutMs ?? client.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const maxRetries = options.maxRetries ?? client.maxRetries ?? DEFAULT_MAX_RETRIES;
  const signal = options.signal ?? new AbortController().signal;
  const request = prepareRequest(endpoint, input, acceptOf(operation), options.headers);

  for (let retries = 0; ; retries++) {
    const attempt = startAttempt(endpoint, signal);
    attempt.startClock(timeoutMs);
    let delay: number | undefined;
    try {
      const response = await request.send(attempt.signal);
      return await readReply(endpoint, response, attempt.signal);
    } catch (error) {
      const failure = attempt.explain(error);
      if (request.isRepeatable && retries < maxRetries && isTransient(failure)) {
        delay = retryDelayMs(failure, retries);
      }
      if (delay === undefined) throw failure;
    } finally {
      attempt.end();
    }
    await sleep(delay, signal).catch(() => {
      throw abortedError(endpoint, signal);
    });
  }
}

/** The media types of the documented answers, those of successes first, streams left out. */
function acceptOf(operation: Operation): string {
  const replies = [...successesOf(operation), ...Object.values(operation.replies)];
  const documented = replies.flatMap(({ content = [] }) => content.map(({ mediaType }) => mediaType));
  // Servers say in JSON what went wrong, whether the document says so or not.
  return [...new Set([...documented, 'application/json'])].join(', ');
}
