import type { ApiErrorDetails, ApiErrorType } from '../errors.ts';
import { ApiError } from '../errors.ts';
import type { Endpoint } from '../options.ts';
import { after } from './wait.ts';

/** One try at a request: it ends with the caller's signal or its clock, and knows which of them it was. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** From now on, something must come within so many milliseconds. */
  startClock(milliseconds: number): void;
  stopClock(): void;
  /** Gives up the connection, if it is still open, and lets go of the caller's signal. */
  end(): void;
  /** What an error was: the caller's abort or the clock's, if one of them struck, else itself. */
  explain(error: unknown): unknown;
}

export function startAttempt(endpoint: Endpoint, caller: AbortSignal): Attempt {
  const controller = new AbortController();
  let limit = 0;
  let deadline: number | undefined;
  let cancelTimer: (() => void) | undefined;
  let timedOut = false;

  const onAbort = () => controller.abort(caller.reason);
  if (caller.aborted) onAbort();
  else caller.addEventListener('abort', onAbort, { once: true });

  // The timer outlives the clock and looks at the deadline when it fires: a stream starts its clock for
  // each chunk, and a timer for each would cost more than the reading.
  function onTimer(): void {
    cancelTimer = undefined;
    if (deadline === undefined) return;
    const left = deadline - performance.now();
    if (left > 0) {
      cancelTimer = after(left, onTimer);
    } else {
      timedOut = true;
      controller.abort();
    }
  }

  return {
    signal: controller.signal,
    startClock(milliseconds) {
      const sooner = milliseconds < limit;
      limit = milliseconds;
      deadline = performance.now() + milliseconds;
      if (sooner) cancelTimer?.();
      if (sooner || cancelTimer === undefined) cancelTimer = after(milliseconds, onTimer);
    },
    stopClock() {
      deadline = undefined;
    },
    end() {
      cancelTimer?.();
      caller.removeEventListener('abort', onAbort);
      controller.abort();
    },
    explain(error) {
      if (caller.aborted) return abortedError(endpoint, caller);
      if (timedOut) return apiError(endpoint, 'timeout', `nothing came for ${limit} ms`, { cause: error });
      return error;
    },
  };
}

export function apiError(
  endpoint: Endpoint,
  type: ApiErrorType,
  message: string,
  details: Omit<ApiErrorDetails, 'api' | 'operationId'> = {},
): ApiError {
  const { api, operation } = endpoint;
  return new ApiError(type, message, { ...details, api, operationId: operation.operationId });
}

export function abortedError(endpoint: Endpoint, signal: AbortSignal): ApiError {
  return apiError(endpoint, 'aborted', 'the call was aborted', { cause: signal.reason });
}
