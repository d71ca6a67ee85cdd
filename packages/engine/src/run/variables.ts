import type { WorkflowDefinition } from '../definition/types.ts';
import type { JsonObject, JsonValue, NodeFinished, VariableChanges } from '../events.ts';
import type { ScopePath } from './scope.ts';

/** The variables that one definition declares, in one run of it. */
export interface Variables {
  /** What `{{ vars.* }}` means. A new object after each change. */
  values(): JsonObject;
  set(name: string, value: JsonValue): void;
  /** Those of the conversation that were changed. */
  changedOfConversation(): JsonObject;
}

function createVariables({ variables = {} }: WorkflowDefinition, kept: JsonObject): Variables {
  const changed = new Set<string>();
  let values: JsonObject = Object.fromEntries(
    Object.entries(variables).map(([name, { scope, default: initial }]) => [
      name,
      // Sound: a definition is JSON.
      scope === 'conversation' && Object.hasOwn(kept, name) ? (kept[name] ?? null) : (initial as JsonValue),
    ]),
  );
  const isOfConversation = (name: string): boolean => variables[name]?.scope === 'conversation';
  return {
    values: () => values,
    set(name, value) {
      values = { ...values, [name]: value };
      if (isOfConversation(name)) changed.add(name);
    },
    changedOfConversation: () => Object.fromEntries([...changed].map((name) => [name, values[name] ?? null])),
  };
}

/** A variable as a node that ended in an earlier claim left it. */
export interface LoggedChange {
  readonly name: string;
  readonly value: JsonValue;
  /** How many nodes had ended then, this one included. */
  readonly ended: number;
}

/** The variables as those nodes left them, or as they were when only so many had ended. */
export function restoreVariables(
  definition: WorkflowDefinition,
  kept: JsonObject,
  changes: readonly LoggedChange[] = [],
  ended = Number.POSITIVE_INFINITY,
): Variables {
  const variables = createVariables(definition, kept);
  for (const change of changes) if (change.ended <= ended) variables.set(change.name, change.value);
  return variables;
}

/**
 * Changes as the log keeps them: a subflow's targets carry the scope of the subflow before a colon, as its ids and
 * variables are its own.
 */
export function toLogged(changes: VariableChanges, frame: ScopePath): VariableChanges {
  if (frame === undefined) return changes;
  return Object.fromEntries(Object.entries(changes).map(([target, value]) => [`${frame}:${target}`, value]));
}

/** Names the variables of a definition in a run; those of a loop are named by the scope of its round. */
export const variablesOf = (frame: ScopePath): string => `${frame ?? ''}:vars`;

/** What the end of a node has changed, with whose variables they are. */
export function* changesIn({
  scope = '',
  variables = {},
}: NodeFinished): Generator<readonly [owner: string, name: string, value: JsonValue]> {
  for (const [target, value] of Object.entries(variables)) {
    const colon = target.indexOf(':');
    const frame = colon < 0 ? undefined : target.slice(0, colon);
    const [id = '', name = ''] = target.slice(colon + 1).split('.');
    yield [id === 'vars' ? variablesOf(frame) : roundAround(scope, frame, id), name, value];
  }
}

/** The scope of the round of a loop that a scope is in; the loop is looked for inside the frame. */
function roundAround(scope: string, frame: ScopePath, loopId: string): string {
  const from = frame === undefined ? 0 : frame.length + 1;
  const begin = scope.startsWith(`${loopId}[`, from) ? from : scope.indexOf(`.${loopId}[`, from) + 1;
  return scope.slice(0, scope.indexOf(']', begin) + 1);
}
