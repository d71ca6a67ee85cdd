import type { DebugFrame, NodeInfo } from '@flowwire/contract/astron';
import type { JsonObject, RunFinished, StoredEvent } from '@flowwire/engine';
import { createDebugNodes, secondsBetween, toErrorOutputs } from './debug-nodes.ts';
import { failureFrame, interruptFrame, nodeFrame, stopFrame } from './frames.ts';
import { createNarration, wholeOf } from './narration.ts';
import type { AnswerFacts, Teller } from './teller.ts';

/** The pseudo node that stands for the whole flow. */
const WHOLE_FLOW = 'flow_obj';

/**
 * Tells a debugged run: what a released run tells, and the begin and the end of each node with its values. Frames are
 * not counted.
 */
// One closure over one answer's state, as the narration that it is made of.
export function createDebugTeller(facts: AnswerFacts): Teller<DebugFrame> {
  const { sid, eventId, isStreamed, view, errors } = facts;
  const narration = createNarration(view);
  const nodes = createDebugNodes(view, errors);
  let inputs: JsonObject = {};
  let startedAt = 0;

  const head = (at: number, node: NodeInfo, progress = narration.progress) => ({
    sid,
    at,
    seq: 0,
    progress,
    node,
  });

  const wholeFlow = (at: number): NodeInfo => ({
    id: WHOLE_FLOW,
    alias_name: view.name,
    inputs: { ...inputs },
    outputs: {},
    error_outputs: {},
    executed_time: secondsBetween(startedAt, at),
  });

  function finish(event: RunFinished, at: number): DebugFrame {
    const ending = narration.end(event);
    const node = { ...wholeFlow(at), finish_reason: 'stop' as const };
    if (ending.isFailed) {
      const failure = { code: errors.code(ending.name), message: ending.detail };
      return failureFrame(head(at, { ...node, error_outputs: toErrorOutputs(failure) }, 1), errors, ending);
    }
    const text = isStreamed ? ending.rest : wholeOf(narration, ending.rest);
    return stopFrame(head(at, { ...node, outputs: { ...event.outputs } }, 1), text, ending.tokens);
  }

  function tell(stored: StoredEvent): DebugFrame | undefined {
    const { event, at } = stored;
    const text = narration.take(stored);
    const isEmpty = text.content === '' && text.reasoning === '';
    switch (event.type) {
      case 'run_started':
        [inputs, startedAt] = [event.inputs, at];
        return nodeFrame(head(at, wholeFlow(at)));
      case 'node_started': {
        const node = nodes.begin(event, at);
        return node && nodeFrame(head(at, node), text);
      }
      case 'node_finished': {
        const ended = nodes.end(event, at);
        return ended && nodeFrame(head(at, ended.node), text, ended.failure);
      }
      case 'text_delta':
      case 'reasoning_delta': {
        if (isEmpty) return undefined;
        // Text is what the node does that says it, not the one that wrote it.
        const nodeId = event.type === 'text_delta' ? event.responderId : event.nodeId;
        return nodeFrame(head(at, nodes.saying(nodeId, event.scope, at) ?? wholeFlow(at)), text);
      }
      case 'run_finished':
        return finish(event, at);
      default:
        return undefined;
    }
  }

  return {
    recall: (stored) => void tell(stored),
    begin: narration.begin,
    tell(stored) {
      const frame = tell(stored);
      return isStreamed || stored.event.type === 'run_finished' ? frame : undefined;
    },
    tells: new Set(['run_started', 'node_started', 'node_finished', 'text_delta', 'reasoning_delta']),
    interrupt(at) {
      const asked = narration.question;
      if (!asked) return undefined;
      const node = nodes.asking(asked.nodeId, asked.scope, at) ?? wholeFlow(at);
      const text = isStreamed ? undefined : narration.said();
      const contentTypes = view.nodeOf(asked.nodeId, asked.scope)?.contentTypes;
      const ended: NodeInfo = { ...node, finish_reason: 'interrupt' };
      return interruptFrame(head(at, ended), eventId, { asked, contentTypes }, text);
    },
    get hasOpenQuestion() {
      return narration.question !== undefined;
    },
  };
}
