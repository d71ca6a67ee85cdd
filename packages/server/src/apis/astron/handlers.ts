import { createCodeHandlers } from './code.ts';
import { createDebugHandlers } from './debug.ts';
import type { AllHandlers, AstronDeps } from './deps.ts';
import { createFileHandlers } from './files.ts';
import { createFlowInfoHandlers } from './flow-info.ts';
import { createFlowViews } from './flow-view.ts';
import { createLayoutHandlers } from './layouts.ts';
import { createNodeDebugHandlers } from './node-debug.ts';
import { createPublishingHandlers } from './publishing.ts';
import { createReleasedHandlers } from './released.ts';

/** Their idempotency keys are kept with the runs that they start or let go on. */
export const STARTS_RUNS: ReadonlySet<string> = new Set([
  'createChatCompletion',
  'resumeChat',
  'debugChatCompletion',
  'resumeDebugChat',
] satisfies (keyof AllHandlers)[]);

function createChatHandlers(deps: AstronDeps) {
  const chatDeps = { ...deps, viewOf: createFlowViews(deps.workflows) };
  return { ...createReleasedHandlers(chatDeps), ...createDebugHandlers(chatDeps) };
}

/** Operations of the astron API. */
export const createAstronHandlers = (deps: AstronDeps): AllHandlers => ({
  ...createChatHandlers(deps),
  ...createNodeDebugHandlers(deps),
  ...createCodeHandlers(deps),
  ...createLayoutHandlers(deps),
  ...createPublishingHandlers(deps),
  ...createFlowInfoHandlers(deps),
  ...createFileHandlers(deps),
});
