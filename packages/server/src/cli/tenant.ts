import type { KeyStore } from '../identity/key-store.ts';
import type { Arguments } from './arguments.ts';
import { CommandError, UsageError } from './command.ts';

const TENANT_ID = /^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/;

/** The tenant that a command names. Throws UsageError for what cannot be one's id. */
export function readTenant(args: Arguments): string {
  const tenantId = args.required('tenant');
  if (TENANT_ID.test(tenantId)) return tenantId;
  throw new UsageError('--tenant takes letters, digits, dots, hyphens and underscores, at most 128');
}

/** Throws CommandError unless there is such a tenant. */
export async function assertTenant(keys: KeyStore, tenantId: string, advice = ''): Promise<void> {
  if (await keys.hasTenant(tenantId)) return;
  throw new CommandError(`There is no tenant ${tenantId} in this store.${advice}`);
}

/** Makes the tenant if the command says so, and throws CommandError if it neither does nor there is one. */
export async function prepareTenant(keys: KeyStore, tenantId: string, args: Arguments): Promise<void> {
  if (args.flag('create-tenant')) return keys.ensureTenant(tenantId, tenantId);
  return assertTenant(keys, tenantId, ' Add --create-tenant to make it, or check the settings of the store.');
}
