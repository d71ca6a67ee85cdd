import { identityServer } from '@flowwire/contract/identity/server';
import { toApp } from '../apis/identity/apps.ts';
import { COMMAND_LINE, DEFAULT_PERMISSIONS, isAppId, registerApp } from '../identity/apps.ts';
import { isPermission } from '../identity/keys.ts';
import { checkBody } from './arguments.ts';
import { type Command, CommandError, UsageError } from './command.ts';
import { minute, table } from './table.ts';
import { assertTenant, prepareTenant, readTenant } from './tenant.ts';

const create: Command = {
  usage: 'apps create --tenant T --name N [--id ID] [--permissions READ,EXECUTE] [--create-tenant]',
  about: `Registers a program that a gateway names in x-consumer-username, and prints its id. Without --id it gets
a new one, without --permissions it has ${DEFAULT_PERMISSIONS.join(', ')}.`,
  values: ['tenant', 'name', 'id', 'permissions'],
  flags: ['create-tenant'],
  plan(args, io) {
    const tenantId = readTenant(args);
    const name = args.required('name');
    const id = args.text('id');
    const permissions = args.list('permissions') ?? DEFAULT_PERMISSIONS;
    checkBody(identityServer.inputs.createApp.body, { name, permissions, ...(id !== undefined && { id }) });
    if (id !== undefined && !isAppId(id)) throw new UsageError('--id must not begin with key_ or be cli');
    return async ({ keys, apps, audit }) => {
      await prepareTenant(keys, tenantId, args);
      const granted = permissions.filter(isPermission);
      const createdAt = io.now();
      const app = await registerApp(apps, { id, tenantId, name, permissions: granted, createdAt });
      if (!app) throw new CommandError(`The id ${id} is taken.`);
      const by = { tenantId, appId: COMMAND_LINE };
      await audit.record(by, 'app.created', app.id, { name, permissions: granted });
      io.err(`App of tenant ${tenantId} with ${granted.join(', ')}:\n`);
      io.out(`${app.id}\n`);
    };
  },
};

const list: Command = {
  usage: 'apps list --tenant T [--json]',
  about: 'Lists apps, oldest first; with --json as the identity API does.',
  values: ['tenant'],
  flags: ['json'],
  plan(args, io) {
    const tenantId = readTenant(args);
    return async ({ keys, apps }) => {
      await assertTenant(keys, tenantId);
      const stored = await apps.list(tenantId);
      if (args.flag('json')) return io.out(`${JSON.stringify({ data: stored.map(toApp) }, undefined, 2)}\n`);
      const rows = stored.map((app) => [app.id, app.scopes.join(','), minute(app.createdAt), app.name]);
      io.out(table(['APP', 'PERMISSIONS', 'SINCE', 'NAME'], rows));
    };
  },
};

const remove: Command = {
  usage: 'apps delete --tenant T APP_ID',
  about: 'Deletes an app, so that a gateway can no longer name it.',
  values: ['tenant'],
  flags: [],
  operand: 'APP_ID',
  plan(args, io) {
    const tenantId = readTenant(args);
    const appId = args.operand();
    return async ({ keys, apps, audit }) => {
      await assertTenant(keys, tenantId);
      if (!(await apps.delete(tenantId, appId)))
        throw new CommandError(`Tenant ${tenantId} has no app ${appId}.`);
      await audit.record({ tenantId, appId: COMMAND_LINE }, 'app.deleted', appId);
      io.err(`App ${appId} is deleted.\n`);
    };
  },
};

export const appCommands = { create, list, delete: remove };
