import type { InterruptFrame } from '@flowwire/contract/astron';
import type { RunEvent, StoredEvent } from '@flowwire/engine';
import type { Errors } from '../errors.ts';
import type { FlowView } from './flow-view.ts';

/** Makes the frames of one answer out of a run's events. It counts, so each answer has one of its own. */
export interface Teller<Frame> {
  /** Takes note of an event from before the answer. */
  recall(stored: StoredEvent): void;
  /** The answer begins: what was recalled was told by another one. */
  begin(): void;
  /** The frame that tells of the next event, if one does. */
  tell(stored: StoredEvent): Frame | undefined;
  /** Types of events that are told by a frame, or may be. */
  readonly tells: ReadonlySet<RunEvent['type']>;
  /** The frame that ends the answer, as the run waits: it tells the oldest open question. Undefined without one. */
  interrupt(at: number): InterruptFrame | undefined;
  readonly hasOpenQuestion: boolean;
}

/** What a teller is to know of the answer that it makes. */
export interface AnswerFacts {
  readonly sid: string;
  readonly eventId: string;
  /** Frames as they come, or one at the end. */
  readonly isStreamed: boolean;
  readonly view: FlowView;
  readonly errors: Errors;
}

export type CreateTeller<Frame> = (facts: AnswerFacts) => Teller<Frame>;
