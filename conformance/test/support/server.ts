import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, createLogger, openReferenceServer, openStore, readSettings } from '@flowwire/server';

export const KEY = 'fw_conformance-key-of-the-dev-tenant';
export const OTHER_KEY = 'fw_conformance-key-of-the-other-tenant';

/** The reference server in this process, with two tenants, on a free port. */
export async function openServer(environment: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-conformance-'));
  const logged: string[] = [];
  await addOtherTenant(join(folder, 'flowwire.sqlite'));
  const settings = readSettings({
    PORT: '0',
    FLOWWIRE_DEV_KEY: KEY,
    FLOWWIRE_DATA_DIR: folder,
    FLOWWIRE_ADDRESS_RATE_LIMIT: 'off',
    FLOWWIRE_LOGIN_RATE_LIMIT: '100',
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    ...environment,
  });
  const server = await openReferenceServer(
    settings,
    createLogger('warn', { write: (line) => void logged.push(line) }),
  );
  return {
    url: server.url,
    /** What the server logged as warnings and errors, one JSON line each. */
    logged,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** No operation makes a tenant. */
async function addOtherTenant(file: string): Promise<void> {
  const store = await openStore(
    { kind: 'sqlite', file },
    { wake: { appended: () => undefined }, secretKey: Buffer.alloc(32) },
  );
  await store.keys.ensureTenant('other', 'Other');
  await createKey(store.keys, OTHER_KEY, {
    tenantId: 'other',
    name: 'other',
    permissions: ['ADMIN'],
    createdAt: Date.now(),
  });
  await store.close();
}
