import { newId } from '@flowwire/engine';
import type { Audit, AuditStore } from './audit-log.ts';

/** Keeps entries in a store. `onError` is told of an entry that could not be kept; `record` never rejects. */
export function createAudit(store: AuditStore, now: () => number, onError: (error: unknown) => void): Audit {
  return {
    async record({ tenantId, appId }, action, target, details = {}) {
      const at = now();
      try {
        await store.add({ id: newId('audit', at), tenantId, actor: appId, action, target, details, at });
      } catch (error) {
        onError(error);
      }
    },
  };
}
