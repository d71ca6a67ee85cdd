// The reference server on SQLite in a fresh folder, with its defaults for production, but with limits of requests that are
// counted and never reached. The first argument adds settings.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, openReferenceServer, readSettings } from '@flowwire/server';
import { report } from '../lib/serve.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'flowwire-bench-'));
process.on('exit', () => void rm(dataDir, { recursive: true, force: true }));
const settings = readSettings({
  PORT: '0',
  NODE_ENV: 'production',
  FLOWWIRE_DATA_DIR: dataDir,
  LOG_LEVEL: 'info',
  FLOWWIRE_RATE_LIMIT: '1000000000',
  FLOWWIRE_MANDAS_RATE_LIMIT: '1000000000',
  FLOWWIRE_ADDRESS_RATE_LIMIT: '1000000000',
  ...JSON.parse(process.argv[2] ?? '{}'),
});
const { url, newDevKey } = await openReferenceServer(settings, createLogger(settings.logLevel));
report({ url, key: newDevKey ?? '' });
