import type { App as WireApp } from '@flowwire/contract/identity';
import { ProblemError } from '@flowwire/koa';
import type { App } from '../../identity/app-store.ts';
import { isAppId, registerApp } from '../../identity/apps.ts';
import { permissionsOf } from '../../identity/keys.ts';
import { epochSeconds } from '../epoch.ts';
import { refusal } from '../refusal.ts';
import type { IdentityDeps, Part } from './deps.ts';

/** Registers, lists and deletes apps. */
export const createAppHandlers = ({
  apps,
  audit,
  now,
}: IdentityDeps): Part<'listApps' | 'createApp' | 'deleteApp'> => ({
  async listApps({ context }) {
    const stored = await apps.list(context.tenantId);
    return { status: 200, body: { data: stored.map(toApp) } };
  },

  async createApp({ body: { id, name, permissions }, context }) {
    if (id !== undefined && !isAppId(id)) throw reservedId();
    const { tenantId } = context;
    const app = await registerApp(apps, { id, tenantId, name, permissions, createdAt: now() });
    if (!app) return isTaken(id);
    await audit.record(context, 'app.created', app.id, { name, permissions: app.scopes });
    return { status: 201, body: toApp(app) };
  },

  async deleteApp({ path: { app_id: appId }, context }) {
    if (!(await apps.delete(context.tenantId, appId))) return noApp(appId);
    await audit.record(context, 'app.deleted', appId);
    return { status: 204 };
  },
});

const reservedId = () =>
  new ProblemError('invalid_request', 'The id is kept for what is no app.', {
    findings: [
      { in: 'body', pointer: '/id', code: 'reserved', message: 'must not begin with key_ or be cli' },
    ],
  });

const isTaken = (id: string | undefined) => refusal(409, 'app_exists', `The id ${id} is taken.`);
const noApp = (appId: string) => refusal(404, 'app_not_found', `There is no app ${appId}.`);

/** An app as the API tells it. */
export const toApp = (app: App): WireApp => ({
  id: app.id,
  name: app.name,
  permissions: permissionsOf(app),
  created_at: epochSeconds(app.createdAt),
});
