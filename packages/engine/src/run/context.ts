import type { GraphNode } from '../definition/graph.ts';
import type { RunFacts } from '../definition/references.ts';
import type { WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import type { JsonObject } from '../events.ts';
import type { NodeServices } from '../nodes/node-type.ts';
import type { ChatTurn, Run, SecretStore } from '../ports.ts';
import type { NodeEnding, RunningNode } from './node-events.ts';
import type { Questions } from './questions.ts';
import type { Replay } from './replay.ts';
import type { RunLog } from './run-log.ts';
import type { ScopePath } from './scope.ts';
import type { Slots } from './slots.ts';
import type { Variables } from './variables.ts';

/** What all graphs of one run share. */
export interface RunContext {
  readonly run: Run;
  readonly replay: Replay;
  readonly log: RunLog;
  readonly services: NodeServices;
  readonly secrets: Pick<SecretStore, 'read'> | undefined;
  readonly history: readonly ChatTurn[];
  readonly slots: Slots;
  readonly questions: Questions;
  /** Aborts when the run stops or ends. */
  readonly stop: AbortSignal;
  readonly random: () => number;
  readonly maxNodeCrashes: number;
  /** The next index of a node that begins. */
  nextIndex(): number;
  /** Tells that a node has ended. */
  tellFinished(node: GraphNode, begun: RunningNode, how: NodeEnding): void;
  /** Whether it has been decided how the run ends: nothing more is begun or told. */
  isEnding(): boolean;
  /** Something ended or waits: the run may have come to rest. */
  noteRest(): void;
  /** Something failed that no node is to blame for. */
  lose(error: unknown): void;
  /** The definition of a subflow. Throws NodeError. */
  subflow(workflow: string, version: number | undefined): WorkflowDefinition;
  /** Whether answer nodes are inside a container. */
  hasAnswers(container: WorkflowNode): boolean;
}

/** Facts that change while a run goes on. */
export interface ChangingFacts extends RunFacts {
  /** As they were when so many nodes had ended, of those that had ended before this claim. */
  at(ended: number): RunFacts;
}

/** One definition in a run: the run's own, or that of a subflow. Its nodes see nothing outside of it. */
export interface Frame {
  readonly definition: WorkflowDefinition;
  readonly inputs: JsonObject;
  readonly variables: Variables;
  /** Undefined for the run's own. */
  readonly scope: ScopePath;
  /** How many subflows are around it. */
  readonly depth: number;
  /** `sys`, `env` and `vars`. */
  readonly roots: ChangingFacts;
}
