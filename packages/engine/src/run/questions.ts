import type { QuestionReply } from '../events.ts';
import type { Clock, RunAnswer } from '../ports.ts';

/** The questions of a run that wait for an answer, as long as a process works on the run. */
export interface Questions {
  /** Resolves with the first answer, or when the time is over; never when the graph of the question stops before. */
  wait(questionId: string, expiresAt: number | undefined, graphStop: AbortSignal): Promise<QuestionReply>;
  /** Takes an answer, also one to a question that is asked only later. */
  answer(answer: RunAnswer): void;
  /** How many wait. */
  open(): number;
  /** Whether one is about to expire. */
  isExpiring(): boolean;
  /** When the first one of them expires. */
  firstExpiry(): number | undefined;
  /** How many different questions have an answer. */
  answersSeen(): number;
}

interface Waiting {
  readonly expiresAt: number | undefined;
  settle(reply: QuestionReply): void;
}

const LOOK_AGAIN_MS = 1_000;

/** `look` asks the store for answers that were accepted and have not been told yet. */
export function createQuestions(clock: Clock, stop: AbortSignal, look: () => Promise<void>): Questions {
  const waiting = new Map<string, Waiting>();
  let expiring = 0;
  const answers = new Map<string, RunAnswer['reply']>();

  async function expire(questionId: string, ms: number, over: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, over]);
    for (let wait = ms; ; wait = LOOK_AGAIN_MS) {
      if (wait > 0) await clock.sleep(wait, signal);
      // An answer that was accepted in time counts, also if its hint got lost or is still on its way.
      if (await hasLooked()) break;
    }
    waiting.get(questionId)?.settle({ type: 'expired' });
  }

  async function hasLooked(): Promise<boolean> {
    expiring++;
    try {
      await look();
      return true;
    } catch {
      return false;
    } finally {
      expiring--;
    }
  }

  return {
    wait(questionId, expiresAt, graphStop) {
      const known = answers.get(questionId);
      if (known) return Promise.resolve(known);
      return new Promise((resolve) => {
        const over = new AbortController();
        // It is the run's to tell what waits when the run itself stops.
        const forget = (): void => {
          if (stop.aborted) return;
          waiting.delete(questionId);
          over.abort();
        };
        graphStop.addEventListener('abort', forget, { once: true, signal: over.signal });
        waiting.set(questionId, {
          expiresAt,
          settle(reply) {
            waiting.delete(questionId);
            over.abort();
            resolve(reply);
          },
        });
        if (expiresAt === undefined) return;
        // Rejects when it waits no longer.
        expire(questionId, expiresAt - clock.now(), over.signal).catch(() => undefined);
      });
    },
    answer({ questionId, reply }) {
      // What comes too late for this claim counts for the next one.
      if (stop.aborted || answers.has(questionId)) return;
      answers.set(questionId, reply);
      waiting.get(questionId)?.settle(reply);
    },
    open: () => waiting.size,
    isExpiring: () => expiring > 0,
    firstExpiry() {
      const times = [...waiting.values()].flatMap(({ expiresAt }) => expiresAt ?? []);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    answersSeen: () => answers.size,
  };
}
