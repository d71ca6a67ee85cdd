import { epochSeconds } from '../epoch.ts';
import { refusal } from '../refusal.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';

/** Keeps the secrets that definitions refer to. No answer has a value. */
export const createSecretHandlers = ({
  secrets,
  now,
}: WorkflowExecutionDeps): Part<'listSecrets' | 'setSecret' | 'deleteSecret'> => ({
  async listSecrets({ context }) {
    const stored = await secrets.list(context.tenantId);
    const data = stored.map(({ name, updatedAt }) => ({ name, updated_at: epochSeconds(updatedAt) }));
    return { status: 200, body: { data } };
  },

  async setSecret({ path, body, context }) {
    await secrets.set(context.tenantId, path.name, body.value, now());
    return { status: 204 };
  },

  async deleteSecret({ path, context }) {
    const deleted = await secrets.delete(context.tenantId, path.name);
    return deleted ? { status: 204 } : refusal(404, 'secret_not_found', `There is no secret ${path.name}.`);
  },
});
