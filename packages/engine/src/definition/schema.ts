import { workflowDefinition } from './generated/validators.js';
import type { WorkflowDefinition } from './types.ts';

/** Whether a value has the shape of a definition. `validateDefinition` says whether it makes sense. */
export const isWorkflowDefinition = (value: unknown): value is WorkflowDefinition =>
  workflowDefinition(value);
