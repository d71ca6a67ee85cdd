import { createDebugHandlers } from './chat/debug.ts';
import { createReleasedHandlers } from './chat/released.ts';
import type { AllHandlers, AstronDeps } from './deps.ts';
import { createFlowViews } from './dialect/flow-view.ts';
import { createFileHandlers } from './files.ts';
import { createFlowInfoHandlers } from './flows/flow-info.ts';
import { createLayoutHandlers } from './flows/layouts.ts';
import { createPublishingHandlers } from './flows/publishing.ts';
import { createCodeHandlers } from './trials/code.ts';
import { createNodeDebugHandlers } from './trials/node-debug.ts';

/** Their idempotency keys are kept with the runs that they start or let go on. */
export const STARTS_RUNS: ReadonlySet<string> = new Set([
  'createChatCompletion',
  'resumeChat',
  'debugChatCompletion',
  'resumeDebugChat',
] satisfies (keyof AllHandlers)[]);

function createChatHandlers(deps: AstronDeps) {
  const chatDeps = { ...deps, viewOf: createFlowViews(deps) };
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
