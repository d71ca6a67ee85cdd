import type { RunFacts } from '../definition/references.ts';
import type { WorkflowDefinition } from '../definition/types.ts';
import type { JsonObject } from '../events.ts';
import type { Conversation } from '../ports.ts';
import type { ChangingFacts, Frame, RunContext } from './context.ts';
import { restoreVariables, type Variables, variablesOf } from './variables.ts';

interface Entered {
  readonly definition: WorkflowDefinition;
  readonly inputs: JsonObject;
}

/** The frame of a run's own definition. */
export function createRootFrame(
  { run, replay }: RunContext,
  conversation: Conversation,
  startedAt: number,
): Frame {
  const { definition, inputs } = run;
  const variablesAt = (ended?: number): Variables =>
    restoreVariables(definition, conversation.variables, replay.changes.get(variablesOf(undefined)), ended);
  const variables = variablesAt();
  const sys = {
    run_id: run.id,
    workflow_id: run.workflowId,
    user_id: run.userId,
    conversation_id: run.conversationId ?? '',
    now: new Date(startedAt).toISOString(),
    inputs,
  };
  const roots = rootsOf(definition, variables, sys, variablesAt);
  return { definition, inputs, variables, scope: undefined, depth: 0, roots };
}

/** The frame of a subflow. Its conversation variables live for the run only. */
export function createFrame(
  { replay }: RunContext,
  { definition, inputs }: Entered,
  scope: string,
  around: Frame,
): Frame {
  const variablesAt = (ended?: number): Variables =>
    restoreVariables(definition, {}, replay.changes.get(variablesOf(scope)), ended);
  const variables = variablesAt();
  const sys = { ...around.roots.valuesOf('sys'), inputs };
  return {
    definition,
    inputs,
    variables,
    scope,
    depth: around.depth + 1,
    roots: rootsOf(definition, variables, sys, variablesAt),
  };
}

/** The values under `sys`, `env` and `vars`. */
function rootsOf(
  { environment = {} }: WorkflowDefinition,
  variables: Variables,
  sys: JsonObject,
  variablesAt: (ended: number) => Variables,
): ChangingFacts {
  // Sound: a definition is JSON.
  const env = environment as JsonObject;
  const factsOf = (vars: () => Variables): RunFacts => ({
    valuesOf(name) {
      if (name === 'sys') return sys;
      if (name === 'env') return env;
      return name === 'vars' ? vars().values() : undefined;
    },
  });
  return { ...factsOf(() => variables), at: (ended) => factsOf(() => variablesAt(ended)) };
}
