import { identityServer } from '@flowwire/contract/identity/server';
import { toKey } from '../apis/identity/keys.ts';
import { COMMAND_LINE, DEFAULT_PERMISSIONS } from '../identity/apps.ts';
import type { ApiKey } from '../identity/key-store.ts';
import { createKey, isPermission, isValid, newKeyText } from '../identity/keys.ts';
import { checkBody, readExpiry } from './arguments.ts';
import { type Command, CommandError } from './command.ts';
import { minute, table } from './table.ts';
import { assertTenant, prepareTenant, readTenant } from './tenant.ts';

const create: Command = {
  usage:
    'keys create --tenant T --name N [--permissions READ,EXECUTE] [--expires 30d|2027-01-31] [--create-tenant]',
  about: `Makes a key and prints it, once. Without --permissions it has ${DEFAULT_PERMISSIONS.join(', ')};
ADMIN includes them and manages keys and apps. Without --expires it works for ever.`,
  values: ['tenant', 'name', 'permissions', 'expires'],
  flags: ['create-tenant'],
  plan(args, io) {
    const tenantId = readTenant(args);
    const name = args.required('name');
    const permissions = args.list('permissions') ?? DEFAULT_PERMISSIONS;
    checkBody(identityServer.inputs.createKey.body, { name, permissions });
    const createdAt = io.now();
    const expires = args.text('expires');
    const ending = expires === undefined ? {} : { expiresAt: readExpiry(expires, createdAt) };
    return async ({ keys, audit }) => {
      await prepareTenant(keys, tenantId, args);
      const text = newKeyText();
      const granted = permissions.filter(isPermission);
      const key = await createKey(keys, text, { tenantId, name, permissions: granted, createdAt, ...ending });
      const by = { tenantId, appId: COMMAND_LINE };
      await audit.record(by, 'key.created', key.id, { name, permissions: granted });
      io.err(`Key ${key.id} of tenant ${tenantId} with ${granted.join(', ')}. It is not shown again:\n`);
      io.out(`${text}\n`);
    };
  },
};

const list: Command = {
  usage: 'keys list --tenant T [--json]',
  about: 'Lists keys without their texts, oldest first; with --json as the identity API does.',
  values: ['tenant'],
  flags: ['json'],
  plan(args, io) {
    const tenantId = readTenant(args);
    return async ({ keys }) => {
      await assertTenant(keys, tenantId);
      const stored = await keys.list(tenantId);
      if (args.flag('json')) return io.out(`${JSON.stringify({ data: stored.map(toKey) }, undefined, 2)}\n`);
      const rows = stored.map((key) => [
        key.id,
        `${key.prefix}...`,
        key.scopes.join(','),
        stateOf(key, io.now()),
        key.lastUsedAt === undefined ? 'never' : minute(key.lastUsedAt),
        key.name,
      ]);
      io.out(table(['KEY', 'BEGINS', 'PERMISSIONS', 'STATE', 'LAST USED', 'NAME'], rows));
    };
  },
};

function stateOf(key: ApiKey, now: number): string {
  if (key.revokedAt !== undefined) return `revoked ${minute(key.revokedAt)}`;
  if (key.expiresAt === undefined) return 'works';
  return `${isValid(key, now) ? 'until' : 'expired'} ${minute(key.expiresAt)}`;
}

const revoke: Command = {
  usage: 'keys revoke --tenant T KEY_ID',
  about:
    'Ends a key and the logins that were made with it. A running server may take it for one more second.',
  values: ['tenant'],
  flags: [],
  operand: 'KEY_ID',
  plan(args, io) {
    const tenantId = readTenant(args);
    const keyId = args.operand();
    return async ({ keys, audit }) => {
      await assertTenant(keys, tenantId);
      const known = await keys.find(tenantId, keyId);
      if (!known) throw new CommandError(`Tenant ${tenantId} has no key ${keyId}.`);
      if (known.revokedAt !== undefined) return io.err(`Key ${keyId} was revoked already.\n`);
      await keys.revoke(tenantId, keyId, io.now());
      await audit.record({ tenantId, appId: COMMAND_LINE }, 'key.revoked', keyId, { name: known.name });
      io.err(`Key ${keyId} is revoked.\n`);
    };
  },
};

export const keyCommands = { create, list, revoke };
