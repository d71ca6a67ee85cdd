import type { WorkflowDefinition } from '../definition/types.ts';
import type { JsonObject, QuestionAsked } from '../events.ts';
import type { ChatTurn, Idempotency, OneOff, Repeated, RunSummary } from '../ports.ts';

/** What a run's start may leave to the service. */
export interface RunDefaults {
  readonly priority: number;
  readonly timeoutMs: number;
  readonly onDisconnect: 'cancel' | 'continue';
  readonly disconnectGraceMs: number;
}

/** What a caller says of a new run. */
export interface StartRun extends Partial<RunDefaults> {
  readonly tenantId: string;
  readonly workflowId: string;
  readonly userId: string;
  /** Undefined runs the published version, else the newest. */
  readonly version?: number;
  readonly inputs: JsonObject;
  readonly conversationId?: string;
  /** What was said before; without it the conversation knows. */
  readonly history?: readonly ChatTurn[];
  /**
   * Lets a result of the same version and inputs that is no older stand in for the run; 0 never does. The definition's
   * `cache` when absent.
   */
  readonly cacheMaxAgeMs?: number;
  readonly idempotency?: Idempotency;
  /** See `RunFields.pool`. */
  readonly pool?: string;
}

/** What a caller says of a run of a definition that is stored nowhere else. */
export interface StartOneOff extends Omit<StartRun, 'workflowId' | 'version' | 'cacheMaxAgeMs'> {
  readonly kind: OneOff;
  readonly definition: WorkflowDefinition;
}

export type OneOffOutcome = Exclude<StartOutcome, { readonly outcome: 'unknown_workflow' }>;

export type StartOutcome =
  | { readonly outcome: 'created'; readonly run: RunSummary }
  | Repeated
  /** There is no such workflow or version. */
  | { readonly outcome: 'unknown_workflow' };

/** What became of a wish. `refused`: the run is in a state in which that cannot be. */
export type CommandOutcome =
  | { readonly outcome: 'done' | 'refused'; readonly run: RunSummary }
  | { readonly outcome: 'unknown_run' };

export type AnswerOutcome =
  | CommandOutcome
  /** The run never asked this. */
  | { readonly outcome: 'unknown_question' }
  /** It was answered before, or its time is over. */
  | { readonly outcome: 'closed'; readonly run: RunSummary }
  /** No choice of the question, text where it takes none, or passed over where it must be answered: `field` tells. */
  | { readonly outcome: 'invalid'; readonly field: 'choice' | 'text' | 'type'; readonly message: string };

/** A question that waits for its answer. */
export type OpenQuestion = QuestionAsked & { readonly askedAt: number };
