import { type PlacedNode, walkNodes } from '../definition/walk.ts';
import type { JsonObject } from '../events.ts';
import type { ChatTurn, Clock, Conversation, ConversationStore, Run } from '../ports.ts';

// As many as the largest memory of an llm node shows.
const MAX_TURNS = 200;
const MAX_TURN_TEXT = 100_000;

const NONE: Conversation = { variables: {}, history: [] };

/** What was said and kept before, where the run is part of a conversation and its definition can make use of it. */
export async function loadConversation(
  run: Run,
  conversations: ConversationStore | undefined,
): Promise<Conversation> {
  const { conversationId, tenantId, definition, history } = run;
  const hasVariables = Object.values(definition.variables ?? {}).some(
    ({ scope }) => scope === 'conversation',
  );
  const hasMemory = run.subflows !== undefined || Array.from(walkNodes(definition)).some(remembers);
  const isWanted = conversationId !== undefined && (hasVariables || (hasMemory && !history));
  const known = isWanted ? await conversations?.load(tenantId, conversationId, MAX_TURNS) : undefined;
  return { ...(known ?? NONE), ...(history && { history }) };
}

const remembers = ({ node }: PlacedNode): boolean => node.type === 'llm' && node.memory !== undefined;

/**
 * Keeps what a run leaves to its conversation. Done before the run's end is committed, and the same when it is done
 * again: a process may die in between.
 */
export async function saveConversation(
  run: Run,
  conversations: ConversationStore | undefined,
  clock: Clock,
  { variables, outputs }: { readonly variables: JsonObject; readonly outputs: JsonObject | undefined },
): Promise<void> {
  const { conversationId, tenantId } = run;
  if (!conversations || conversationId === undefined) return;
  if (Object.keys(variables).length > 0) {
    await conversations.setVariables(tenantId, conversationId, variables, clock.now());
  }
  if (outputs)
    await conversations.addTurns(tenantId, conversationId, run.id, turnsOf(run.inputs, outputs), clock.now());
}

/**
 * A run's question is its input `query`, or its only text; its answer the output `answer`. Without such they are all
 * inputs and outputs.
 */
const turnsOf = (inputs: JsonObject, outputs: JsonObject): readonly ChatTurn[] => [
  { role: 'user', content: toText(inputs.query ?? onlyText(inputs) ?? inputs) },
  { role: 'assistant', content: toText(outputs.answer ?? outputs) },
];

function onlyText(inputs: JsonObject): string | undefined {
  const [text, second] = Object.values(inputs).filter((value) => typeof value === 'string');
  return second === undefined ? text : undefined;
}

const toText = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MAX_TURN_TEXT);
