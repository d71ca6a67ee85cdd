import type { ChatFrame } from '@flowwire/contract/astron';
import type { RunFinished } from '@flowwire/engine';
import { contentFrame, failureFrame, interruptFrame, stopFrame } from './frames.ts';
import { createNarration, wholeOf } from './narration.ts';
import type { AnswerFacts, Teller } from './teller.ts';

/**
 * Tells a released run: text that the flow tells a person, a question once the run waits, and the end. Frames are
 * counted from 1. In one answer, all text stands in the last frame.
 */
export function createReleasedTeller(facts: AnswerFacts): Teller<ChatFrame> {
  const { sid, eventId, isStreamed, view, errors } = facts;
  const narration = createNarration(view);
  let seq = 0;

  const next = (at: number, progress = narration.progress) => ({ sid, at, seq: ++seq, progress });

  function finish(event: RunFinished, at: number): ChatFrame {
    const ending = narration.end(event);
    if (ending.isFailed) return failureFrame(next(at, 1), errors, ending);
    return stopFrame(next(at, 1), isStreamed ? ending.rest : wholeOf(narration, ending.rest), ending.tokens);
  }

  return {
    recall: (stored) => void narration.take(stored),
    begin: narration.begin,
    tell(stored) {
      const { event, at } = stored;
      if (event.type === 'run_finished') return finish(event, at);
      const addition = narration.take(stored);
      const isEmpty = addition.content === '' && addition.reasoning === '';
      return isEmpty || !isStreamed ? undefined : contentFrame(next(at), addition);
    },
    tells: new Set(['text_delta', 'reasoning_delta', 'node_started', 'node_finished']),
    interrupt(at) {
      const asked = narration.question;
      if (!asked) return undefined;
      const contentTypes = view.nodeOf(asked.nodeId, asked.scope)?.contentTypes;
      const text = isStreamed ? undefined : narration.said();
      return interruptFrame(next(at), eventId, { asked, contentTypes }, text);
    },
    get hasOpenQuestion() {
      return narration.question !== undefined;
    },
  };
}
