import { newId } from '@flowwire/engine';
import type { App, AppStore } from './app-store.ts';
import type { Permission } from './principal.ts';

export const DEFAULT_PERMISSIONS: readonly Permission[] = ['READ', 'WRITE', 'EXECUTE'];

const MAX_ID_LENGTH = 128;
/** What acts on the command line, in the audit log. */
export const COMMAND_LINE = 'cli';

/** Whether an app may have this id: not one that the audit log would take for a key or the command line. */
export const isAppId = (id: string): boolean =>
  id.length > 0 &&
  id.length <= MAX_ID_LENGTH &&
  !id.includes('\u0000') &&
  !id.startsWith('key_') &&
  id !== COMMAND_LINE;

export interface NewApp {
  /** A new one when absent; the caller has asked `isAppId`. */
  readonly id?: string | undefined;
  readonly tenantId: string;
  readonly name: string;
  readonly permissions?: readonly Permission[] | undefined;
  readonly createdAt: number;
}

/** Registers an app; undefined when its id is taken, by whichever tenant. */
export async function registerApp(apps: AppStore, given: NewApp): Promise<App | undefined> {
  const app: App = {
    id: given.id ?? newId('app', given.createdAt),
    tenantId: given.tenantId,
    name: given.name,
    scopes: [...(given.permissions ?? DEFAULT_PERMISSIONS)],
    createdAt: given.createdAt,
  };
  return (await apps.create(app)) ? app : undefined;
}
