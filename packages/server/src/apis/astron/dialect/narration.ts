import type {
  NodeFinished,
  NodeStarted,
  QuestionAsked,
  RunEvent,
  RunFinished,
  StoredEvent,
  TextDelta,
  TokenUsage,
} from '@flowwire/engine';
import type { ErrorName } from '../errors.ts';
import { createFaults } from './faults.ts';
import type { FlowView } from './flow-view.ts';
import { createToldText } from './told-text.ts';

/** What an event adds to an answer; empty for nothing. */
export interface Addition {
  readonly content: string;
  readonly reasoning: string;
}

/** How a run ended: with what has not been told yet, or why it failed. */
export type Ending =
  | { readonly isFailed: false; readonly rest: Addition; readonly tokens: TokenUsage }
  | { readonly isFailed: true; readonly name: ErrorName; readonly detail: string };

/** What one answer tells of a run, in whatever frames. */
export interface Narration {
  take(stored: StoredEvent): Addition;
  /** Forgets what an earlier answer told. */
  begin(): void;
  /** All that was told. */
  said(): Addition;
  /** From 0 to 1; never falls. */
  readonly progress: number;
  /** The oldest question that waits. */
  readonly question: QuestionAsked | undefined;
  end(event: RunFinished): Ending;
}

type Take<E extends RunEvent> = (event: E, stored: StoredEvent) => Addition;
type Dialect = { readonly [Type in RunEvent['type']]: Take<Extract<RunEvent, { type: Type }>> };

const NOTHING: Addition = { content: '', reasoning: '' };
const CANCELLED: Ending = { isFailed: true, name: 'ENG_RUN_ERROR', detail: 'the run was cancelled' };

interface Held {
  readonly by: string;
  content: string;
}

const textOf = (held: readonly Held[]): string => held.map(({ content }) => content).join('');

const placeOf = (nodeId: string, scope = ''): string => JSON.stringify([nodeId, scope]);

/**
 * Text comes from answer nodes, and from end nodes that answer JSON once they end; reasoning from nodes whose text is
 * told. The engine tells text as soon as it is certain to be said. A person is to read it when it is said: when its node
 * begins, or before that while another node writes it. So a question is not preceded by what answers it.
 */
// One closure over one answer's state: what is told next depends on all of it.
export function createNarration(view: FlowView): Narration {
  const questions = new Map<string, QuestionAsked>();
  const text = createToldText();
  const faults = createFaults(view);
  const begun = new Set<string>();
  const atWork = new Set<string>();
  /** Text that is not said yet, with the nodes that will say it, in the order of the answer. */
  let held: Held[] = [];
  let reasoning = '';
  let hasText = false;
  let progress = 0;

  const nothing = () => NOTHING;

  function say(content: string): Addition {
    hasText ||= content !== '';
    return { content, reasoning: '' };
  }

  /** Says what is held of nodes that have begun, as far as no other text comes before it. */
  function sayHeld(): Addition {
    const first = held.findIndex(({ by }) => !begun.has(by));
    return say(textOf(held.splice(0, first < 0 ? held.length : first)));
  }

  function sayInTurn({ by, content }: Held): Addition {
    const last = held.at(-1);
    if (last?.by === by) last.content += content;
    else held.push({ by, content });
    return sayHeld();
  }

  function takeText(event: TextDelta, stored: StoredEvent): Addition {
    if (view.answersAsJson(event.responderId)) return NOTHING;
    const by = placeOf(event.responderId, event.scope);
    // What another node is writing now is said with it.
    if (atWork.has(placeOf(event.nodeId, event.scope))) begun.add(by);
    return sayInTurn({ by, content: text.add(stored, event, by) });
  }

  function startNode({ nodeId, nodeType, scope }: NodeStarted): Addition {
    const place = placeOf(nodeId, scope);
    atWork.add(place);
    // Nodes of other types say nothing themselves.
    if (nodeType !== 'answer' && nodeType !== 'end') return NOTHING;
    begun.add(place);
    return sayHeld();
  }

  function finishNode(event: NodeFinished): Addition {
    const { status, scope, nodeId, outputs } = event;
    atWork.delete(placeOf(nodeId, scope));
    faults.take(event);
    const again = text.finish(event);
    if (again) return sayInTurn(again);
    if (status !== 'succeeded' || scope !== undefined || !view.answersAsJson(nodeId)) return NOTHING;
    const json = JSON.stringify(outputs);
    text.addFinal(json, placeOf(nodeId));
    return say(json);
  }

  const said = (): Addition => {
    const isHeld = new Set(held.map(({ by }) => by));
    return { content: text.whole((by) => !isHeld.has(by)), reasoning };
  };

  const dialect: Dialect = {
    text_delta: takeText,
    node_started: startNode,
    node_finished: finishNode,
    reasoning_delta(event) {
      const isOwn = view.nodeOf(event.nodeId, event.scope) !== undefined;
      if (!isOwn || !view.isTold(event.nodeId)) return NOTHING;
      reasoning += event.text;
      return { content: '', reasoning: event.text };
    },
    node_retry(event) {
      text.retry(event);
      return NOTHING;
    },
    question_asked(event) {
      questions.set(event.questionId, event);
      return NOTHING;
    },
    question_answered(event) {
      questions.delete(event.questionId);
      return NOTHING;
    },
    progress(event) {
      progress = Math.max(progress, event.percent / 100);
      return NOTHING;
    },
    run_started: nothing,
    run_paused: nothing,
    run_resumed: nothing,
    run_failed: nothing,
    run_finished: nothing,
  };

  return {
    take(stored) {
      // The map is total over the union; TypeScript cannot relate one key to one member by itself.
      const take = dialect[stored.event.type] as Take<RunEvent>;
      return take(stored.event, stored);
    },
    begin() {
      text.clear();
      for (const { by, content } of held) text.addFinal(content, by);
      reasoning = '';
      hasText = false;
    },
    said,
    get progress() {
      return progress;
    },
    get question() {
      const [oldest] = questions.values();
      return oldest;
    },
    end({ status, outputs, error, tokens }) {
      if (status === 'succeeded') {
        const late = say(textOf(held)).content;
        held = [];
        const content = hasText ? late : view.unspokenText(outputs);
        return { isFailed: false, rest: { content, reasoning: '' }, tokens };
      }
      if (!error) return CANCELLED;
      const { name, nodeId } = faults.explain(error);
      return {
        isFailed: true,
        name,
        detail: nodeId === undefined ? error.message : `${nodeId}: ${error.message}`,
      };
    },
  };
}

/** The text of a single answer: what was told, or else what is left to tell. */
export const wholeOf = (narration: Narration, rest: Addition): Addition => {
  const said = narration.said();
  return said.content === '' ? { ...said, content: rest.content } : said;
};
