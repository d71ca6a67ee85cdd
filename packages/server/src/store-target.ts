import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from './settings.ts';
import type { Backend } from './store/store.ts';

/** The database that the settings name: PostgreSQL, or SQLite in the data folder, which is made when missing. */
export async function storeTarget({ databaseUrl, databaseSchema, dataDir }: Settings): Promise<Backend> {
  if (databaseUrl !== undefined) return { kind: 'postgres', url: databaseUrl, schema: databaseSchema };
  await mkdir(dataDir, { recursive: true });
  return { kind: 'sqlite', file: join(dataDir, 'flowwire.sqlite') };
}
