import { createControlHandlers } from './control.ts';
import type { AllHandlers, WorkflowExecutionDeps } from './deps.ts';
import { createExecuteHandlers } from './execute.ts';
import { createExecutionHandlers } from './executions.ts';
import { createImportHandlers } from './imports.ts';
import { createMonitoringHandlers } from './monitoring.ts';
import { createScheduleHandlers } from './schedules.ts';
import { createSecretHandlers } from './secrets.ts';
import { createVersionHandlers } from './versions.ts';
import { createWorkflowHandlers } from './workflows.ts';

/** Their idempotency keys are kept with the runs that they start. */
export const STARTS_RUNS: ReadonlySet<string> = new Set([
  'executeWorkflow',
  'streamWorkflowExecution',
  'restartExecution',
] satisfies (keyof AllHandlers)[]);

/** Operations of the workflow-execution API. */
export const createWorkflowExecutionHandlers = (deps: WorkflowExecutionDeps): AllHandlers => ({
  ...createWorkflowHandlers(deps),
  ...createVersionHandlers(deps),
  ...createImportHandlers(deps),
  ...createExecuteHandlers(deps),
  ...createExecutionHandlers(deps),
  ...createControlHandlers(deps),
  ...createMonitoringHandlers(deps),
  ...createScheduleHandlers(deps),
  ...createSecretHandlers(deps),
});
