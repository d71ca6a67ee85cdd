import { readAt } from '@flowwire/contract';
import { ProblemError } from '../problem.ts';
import type { Opening, OpeningRequest } from './opening.ts';

/** Who is at the other end of one connection, as its credentials say from time to time. */
export class Admission<Context> {
  readonly #opening: Opening<Context>;
  readonly #request: OpeningRequest;
  /** The token of the last good auth frame. */
  #token: string | undefined;
  #context: Context | undefined;
  #judgedAt = performance.now();

  constructor(opening: Opening<Context>, request: OpeningRequest) {
    this.#opening = opening;
    this.#request = request;
  }

  /** To be read once somebody was admitted. */
  get context(): Context {
    // Sound: nobody is given a connection before that.
    return this.#context as Context;
  }

  admit(context: Context): void {
    this.#context = context;
  }

  /** Judges an auth frame. @throws ProblemError of 401 or 403. */
  async judgeFrame(message: unknown): Promise<Context> {
    const token = readAt(message, ['token']);
    if (typeof token !== 'string') throw new ProblemError('unauthenticated', 'The first frame has no token.');
    const context = await this.#opening.judge(this.#request, token);
    this.#token = token;
    this.#judgedAt = performance.now();
    return context;
  }

  /** Judges the same credentials anew when `everyMs` have passed. @throws ProblemError of 401 or 403. */
  async judgeAgain(now: number, everyMs: number): Promise<void> {
    if (now - this.#judgedAt <= everyMs) return;
    this.#judgedAt = now;
    this.#context = await this.#opening.judge(this.#request, this.#token);
  }
}
