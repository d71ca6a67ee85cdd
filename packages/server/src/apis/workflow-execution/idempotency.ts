import { createHash } from 'node:crypto';
import type { ExecuteRequest } from '@flowwire/contract/workflow-execution';
import type { StoredWorkflow, WorkflowStore } from '@flowwire/engine';

/** The id of the workflow that a key makes: a repeated request finds what the first one stored. */
export const idOfKey = (tenantId: string, key: string): string =>
  `wf_${createHash('sha256')
    .update(JSON.stringify([tenantId, key]))
    .digest('hex')
    .slice(0, 32)}`;

/** Stores a workflow, or answers the one that has its id already. Of two at once the store lets one through. */
export async function createOnce(
  workflows: WorkflowStore,
  workflow: StoredWorkflow,
): Promise<StoredWorkflow> {
  const find = () => workflows.get(workflow.tenantId, workflow.id);
  const known = await find();
  if (known) return known;
  try {
    await workflows.create(workflow);
    return workflow;
  } catch (error) {
    const other = await find();
    if (other) return other;
    throw error;
  }
}

/** Names a request by its content: a repeated Idempotency-Key must come with the same. */
export const fingerprint = (workflowId: string, body: ExecuteRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([workflowId, body]))
    .digest('base64url');
