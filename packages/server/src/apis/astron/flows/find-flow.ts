import type { StoredWorkflow } from '@flowwire/engine';
import type { Flow } from '../../../flows/flow-store.ts';
import type { AstronDeps } from '../deps.ts';

/** A flow with the workflow's version that is its draft. */
export interface FoundFlow {
  readonly flow: Flow;
  readonly draft: StoredWorkflow;
}

const XINGCHEN = 1;

/**
 * A tenant's flow; undefined where there is none. Every workflow is one: what another API has made belongs to no app
 * and is not published here. The draft is what this API stored last, or what another API has made of it since.
 */
export async function findFlow(
  { flows, workflows }: Pick<AstronDeps, 'flows' | 'workflows'>,
  tenantId: string,
  flowId: string,
): Promise<FoundFlow | undefined> {
  const [stored, newest] = await Promise.all([flows.get(tenantId, flowId), workflows.get(tenantId, flowId)]);
  if (!newest) return undefined;
  // Only publishing a definition of its own makes a newer version in this format that is not the draft.
  const isNewest = !stored || newest.source?.format !== 'astron';
  const draft = isNewest ? newest : await workflows.get(tenantId, flowId, stored.draftVersion);
  if (!draft) return undefined;
  const flow = stored ?? newFlow(tenantId, flowId, '', newest.updatedAt);
  return { flow: { ...flow, draftVersion: draft.version }, draft };
}

/** A flow of an app that is not stored yet. @param at milliseconds since the epoch. */
export const newFlow = (tenantId: string, flowId: string, appId: string, at: number): Flow => ({
  tenantId,
  flowId,
  appId,
  source: XINGCHEN,
  releaseStatus: 0,
  draftVersion: 1,
  updatedAt: at,
  revision: 0,
});

/** Whether the tenant has an app, or a key that is not revoked, of this id. */
export async function isAppOf(
  { apps, keys }: Pick<AstronDeps, 'apps' | 'keys'>,
  tenantId: string,
  appId: string,
): Promise<boolean> {
  const app = await apps.find(appId);
  if (app?.tenantId === tenantId) return true;
  const held = await keys.list(tenantId);
  return held.some(({ id, revokedAt }) => id === appId && revokedAt === undefined);
}

const MAX_ATTEMPTS = 5;

/** Tries again while somebody else changes the same flow, which `attempt` tells by undefined; undefined after five. */
export async function untilSettled<T>(attempt: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}
