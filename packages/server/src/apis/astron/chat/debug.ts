import type { Part } from '../deps.ts';
import { createDebugTeller } from '../dialect/debug.ts';
import { findFlow } from '../flows/find-flow.ts';
import { refusedFrame } from '../refusals.ts';
import { createAnswers } from './answers.ts';
import { type ChatDeps, createChat, type FindVersion } from './chat.ts';
import { createResume } from './resume.ts';

/** Runs drafts, and tells what every node does. */
export function createDebugHandlers(deps: ChatDeps): Part<'debugChatCompletion' | 'resumeDebugChat'> {
  const answer = createAnswers(deps, createDebugTeller);
  return {
    debugChatCompletion: createChat(deps, { isDebug: true, findVersion: createFindDraft(deps), answer }),
    resumeDebugChat: createResume(deps, { isDebug: true, answer }),
  };
}

/** The draft, or a version of whatever name: neither publication nor a binding is asked for. */
function createFindDraft(deps: ChatDeps): FindVersion {
  const { flows, errors } = deps;
  return async ({ flow_id: flowId, version: name = '' }, { tenantId }) => {
    const found = await findFlow(deps, tenantId, flowId);
    if (!found) return refusedFrame(errors, 'FLOW_NOT_FOUND_ERROR', flowId);
    if (name === '') return { version: found.draft.version };
    const named = (await flows.versions(tenantId, flowId)).find((version) => version.name === name);
    return named ?? refusedFrame(errors, 'FLOW_NOT_PUBLISH_ERROR', `${flowId} ${name}`);
  };
}
