import type { RunAnswer } from '../ports.ts';

/** What a run under way is told from outside, beside the signal that stops it. */
export interface RunControl {
  /** Whether the run is wished to pause at the next node boundary. */
  setPaused(isWished: boolean): void;
  /** Answers to questions; those that are known count for nothing. */
  answer(answers: readonly RunAnswer[]): void;
  /** Whoever executes the run listens, once; what was said before is told at once. */
  attach(listener: RunControlListener): void;
  /** Looks for what was asked and not told yet; resolves when that is told. */
  readonly look: () => Promise<void>;
}

export interface RunControlListener {
  onPaused(isWished: boolean): void;
  onAnswer(answer: RunAnswer): void;
}

export function createRunControl(
  answers: readonly RunAnswer[] = [],
  isPaused = false,
  look: RunControl['look'] = async () => undefined,
): RunControl {
  let listener: RunControlListener | undefined;
  let early: RunAnswer[] = [...answers];
  let wished = isPaused;
  return {
    look,
    setPaused(isWished) {
      if (isWished === wished) return;
      wished = isWished;
      listener?.onPaused(isWished);
    },
    answer(more) {
      if (!listener) early.push(...more);
      else for (const answer of more) listener.onAnswer(answer);
    },
    attach(to) {
      listener = to;
      if (wished) to.onPaused(true);
      for (const answer of early) to.onAnswer(answer);
      early = [];
    },
  };
}
