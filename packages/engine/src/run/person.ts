import type { GraphNode } from '../definition/graph.ts';
import type { WorkflowNode } from '../definition/types.ts';
import type { QuestionAsked } from '../events.ts';
import type { Asked, NodeResult, QuestionType } from '../nodes/node-type.ts';
import { type NodePlace, nodeContext } from './attempts.ts';
import type { RunContext } from './context.ts';
import type { RunningNode } from './node-events.ts';
import { inScope, keyOf } from './scope.ts';

/** Asks a question, unless an earlier claim has, and waits for what comes of it. Throws what the node throws. */
export async function askPerson(
  context: RunContext,
  place: NodePlace,
  type: QuestionType<WorkflowNode>,
  { node }: GraphNode,
  begun: RunningNode,
): Promise<NodeResult> {
  const { log, questions, replay } = context;
  const known = replay.unfinished.get(keyOf(node.id, begun.scope));
  const asked = known?.question ?? ask(context, place, type, node, begun);
  const question: Asked = {
    question: asked.question,
    allowText: asked.allowText,
    ...(asked.choices && { choices: asked.choices }),
  };
  if (known?.reply) return type.conclude(node, question, known.reply);
  const answered = questions.wait(asked.questionId, asked.expiresAt, place.stop);
  context.noteRest();
  const reply = await answered;
  place.stop.throwIfAborted();
  const { questionId, nodeId } = asked;
  log.emit({ type: 'question_answered', questionId, nodeId, ...inScope(begun.scope), reply });
  return type.conclude(node, question, reply);
}

function ask(
  context: RunContext,
  place: NodePlace,
  type: QuestionType<WorkflowNode>,
  node: WorkflowNode,
  begun: RunningNode,
): QuestionAsked {
  const { log, services } = context;
  const { expiresAfterMs, ...asked } = type.ask(node, nodeContext(context, place, node, begun, place.stop));
  const event: QuestionAsked = {
    type: 'question_asked',
    // Unique within the run, and the same whenever the run is taken up.
    questionId: `q_${begun.index}`,
    nodeId: node.id,
    ...inScope(begun.scope),
    title: node.title ?? node.id,
    ...asked,
    ...(expiresAfterMs !== undefined && { expiresAt: services.clock.now() + expiresAfterMs }),
  };
  log.emit(event);
  return event;
}
