import type { ServerSentEvent } from '@flowwire/contract';
import { type Answer, readAnswer } from './wire/answer.ts';
import type { WireRequest } from './wire/request.ts';

export interface TargetOptions {
  /** Where the server is, without a slash at the end. */
  readonly baseUrl: string;
  /** Milliseconds for one answer, streams included. */
  readonly timeoutMs: number;
}

export interface SendOptions {
  /** Answers 429 as it comes, instead of waiting. */
  readonly acceptsLimit?: boolean;
  /** Leaves a stream after the first event for which this answers true. */
  readonly until?: (event: ServerSentEvent) => boolean;
}

/** The server that is held against the documents. */
export interface Target {
  /**
   * Sends a request and reads the answer to its end. An answer 429 is waited for and the request sent again,
   * unless `acceptsLimit`. Throws when there is no answer in time.
   */
  send(request: WireRequest, options?: SendOptions): Promise<Answer>;
  /** How many requests were sent. */
  readonly sent: () => number;
}

const MAX_LIMITED = 5;
const MAX_WAIT_S = 120;

export function createTarget({ baseUrl, timeoutMs }: TargetOptions): Target {
  let sent = 0;

  async function once(
    { method, target, headers, body }: WireRequest,
    until: SendOptions['until'],
  ): Promise<Answer> {
    sent += 1;
    const response = await fetch(`${baseUrl}${target}`, {
      method,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body }),
    });
    return readAnswer(response, until);
  }

  return {
    async send(request, { acceptsLimit = false, until } = {}) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await once(request, until);
        if (answer.status !== 429 || acceptsLimit || attempt === MAX_LIMITED) return answer;
        await pause(Math.min(MAX_WAIT_S, Number(answer.headers.get('retry-after') ?? 1)));
      }
    },
    sent: () => sent,
  };
}

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds) * 1000));
