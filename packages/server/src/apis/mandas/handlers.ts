import type { AllHandlers, MandasDeps } from './deps.ts';
import { createFollowHandlers } from './follow.ts';
import { createRunHandlers } from './runs.ts';
import { createTaskHandlers } from './tasks.ts';
import { createWorkflowHandlers } from './workflows.ts';

/** Operations whose Idempotency-Key is kept with the run that they start. */
export const STARTS_RUNS: ReadonlySet<string> = new Set(['startRun', 'createTask']);

/** Operations of the mandas API. */
export const createMandasHandlers = (deps: MandasDeps): AllHandlers => ({
  ...createWorkflowHandlers(deps),
  ...createRunHandlers(deps),
  ...createFollowHandlers(deps),
  ...createTaskHandlers(deps),
});
