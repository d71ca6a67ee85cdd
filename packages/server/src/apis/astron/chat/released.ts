import type { Part } from '../deps.ts';
import { createReleasedTeller } from '../dialect/released.ts';
import { servedVersion } from '../flows/release.ts';
import { refusedFrame } from '../refusals.ts';
import { createAnswers } from './answers.ts';
import { type ChatDeps, createChat, type FindVersion } from './chat.ts';
import { createResume } from './resume.ts';

/** Runs published flows, for apps that are bound to them. */
export function createReleasedHandlers(deps: ChatDeps): Part<'createChatCompletion' | 'resumeChat'> {
  const answer = createAnswers(deps, createReleasedTeller);
  return {
    createChatCompletion: createChat(deps, { isDebug: false, findVersion: createFindReleased(deps), answer }),
    resumeChat: createResume(deps, { isDebug: false, answer }),
  };
}

function createFindReleased({ flows, workflows, errors }: ChatDeps): FindVersion {
  return async ({ flow_id: flowId, version: name = '' }, { tenantId, appId }) => {
    const flow = await flows.get(tenantId, flowId);
    if (!flow) {
      const isThere = (await workflows.get(tenantId, flowId)) !== undefined;
      return refusedFrame(errors, isThere ? 'FLOW_NOT_PUBLISH_ERROR' : 'FLOW_NOT_FOUND_ERROR', flowId);
    }
    const version = servedVersion(flow, await flows.versions(tenantId, flowId), name);
    if (version === undefined)
      return refusedFrame(errors, 'FLOW_NOT_PUBLISH_ERROR', name === '' ? flowId : `${flowId} ${name}`);
    if (!(await flows.isBound(tenantId, flowId, appId)))
      return refusedFrame(errors, 'APP_FLOW_NOT_AUTH_BOND_ERROR', appId);
    return { version };
  };
}
