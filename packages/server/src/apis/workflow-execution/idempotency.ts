import { createHash } from 'node:crypto';
import type { NewWorkflow, StoredWorkflow, WorkflowStore } from '@flowwire/engine';

/** The id of what a key makes: a repeated request finds what the first one stored. */
export const idOfKey = (prefix: string, tenantId: string, key: string): string =>
  `${prefix}_${createHash('sha256')
    .update(JSON.stringify([tenantId, key]))
    .digest('hex')
    .slice(0, 32)}`;

/** Stores a workflow, or answers the first version of the one that has its id already. Of two at once one wins. */
export async function createOnce(workflows: WorkflowStore, workflow: NewWorkflow): Promise<StoredWorkflow> {
  const find = () => workflows.get(workflow.tenantId, workflow.id, 1);
  const known = await find();
  if (known) return known;
  try {
    return await workflows.create(workflow);
  } catch (error) {
    const other = await find();
    if (other) return other;
    throw error;
  }
}

/** Names a request by its content: a repeated Idempotency-Key must come with the same. */
const fingerprint = (...content: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url');

/** What the service is told of a key, for a request with this content. */
export const withKey = (key: string | undefined, ...content: readonly unknown[]) =>
  key === undefined ? {} : { idempotency: { key, fingerprint: fingerprint(...content) } };
