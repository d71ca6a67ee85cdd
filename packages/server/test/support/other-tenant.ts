import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createWorkflowExecution } from '@flowwire/client';
import Database from 'better-sqlite3';
import type { TestServer } from './reference-server.ts';

export const OTHER_KEY = 'fw_key-of-the-other-tenant';

/** Writes a second tenant and its key into the store, for no operation makes a tenant. Answers its client. */
export function addOtherTenant(server: TestServer): ReturnType<typeof createWorkflowExecution> {
  const database = new Database(join(server.dataFolder, 'flowwire.sqlite'));
  database.prepare("INSERT INTO tenants (id, name, created_at) VALUES ('other', 'Other', 1)").run();
  database
    .prepare(
      `INSERT INTO api_keys (id, tenant_id, name, prefix, hash, scopes, created_at)
       VALUES ('key_other', 'other', 'other', 'fw_key-', ?, '["ADMIN"]', 1)`,
    )
    .run(createHash('sha256').update(OTHER_KEY).digest('hex'));
  database.close();
  return createWorkflowExecution({ baseUrl: server.url, auth: OTHER_KEY, maxRetries: 0 });
}
