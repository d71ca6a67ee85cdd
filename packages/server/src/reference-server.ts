import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createCodeSandbox,
  createHttpSender,
  createOfflineModel,
  createRunService,
  type ModelProvider,
  systemClock,
} from '@flowwire/engine';
import { createApp } from './app.ts';
import { prepareFirstStart } from './first-start.ts';
import { cacheKeys } from './identity/key-cache.ts';
import { createOpenAiCompatibleModel } from './models/openai-compatible.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics, observeRuns } from './observability/metrics.ts';
import { createEmbeddedQueue } from './queue/embedded-queue.ts';
import { createLocalWake } from './queue/local-wake.ts';
import { createSchemaValidator } from './schema-validator.ts';
import type { Settings } from './settings.ts';
import { openStore } from './store/store.ts';

export interface ReferenceServer {
  readonly url: string;
  /** The dev key's text if it was made just now: the only time that it can be shown. */
  readonly newDevKey: string | undefined;
  /** Ends streams with a `retry:`, gives runs back to the queue, closes everything. */
  close(): Promise<void>;
}

const DISCONNECT_GRACE_MS = 10_000;

/** The same from src and from dist. */
const DOCUMENTS = {
  site: fileURLToPath(new URL('../dist/docs', import.meta.url)),
  specs: fileURLToPath(new URL('../../../specs', import.meta.url)),
};

/** Opens the store, composes the server, recovers what an earlier process left and listens. */
export async function openReferenceServer(settings: Settings, logger: Logger): Promise<ReferenceServer> {
  const clock = systemClock;
  const wake = createLocalWake((error) => logger.error({ err: error }, 'a listener failed'));
  const store = await openStore(await storeTarget(settings), { wake, now: () => clock.now() });
  const queue = createEmbeddedQueue({
    concurrency: settings.runConcurrency,
    onError: (error, runId) => logger.error({ err: error, runId }, 'a run could not be worked on'),
  });
  const metrics = createMetrics(() => queue.counts());
  const log = observeRuns(store.log, metrics);
  const services = {
    models: createModel(settings),
    http: createHttpSender({ allowPrivateAddresses: settings.allowPrivateAddresses }),
    code: createCodeSandbox(),
    clock,
  };
  const schemas = createSchemaValidator();
  const service = createRunService({
    log,
    runs: store.runs,
    queue,
    wake,
    services,
    validateSchema: schemas.validate,
    owner: `${hostname()}:${process.pid}:${randomUUID()}`,
    maxNodeCrashes: settings.maxNodeCrashes,
    onError: (error, context) => logger.error({ err: error, ...context }, 'a run failed in the server'),
  });
  const newDevKey = await prepareFirstStart({
    keys: store.keys,
    workflows: store.workflows,
    devKey: settings.devKey,
    now: clock.now(),
  });

  const draining = new AbortController();
  const app = createApp({
    service,
    runs: store.runs,
    log,
    workflows: store.workflows,
    checkSchema: schemas.check,
    keys: cacheKeys(store.keys, () => clock.now()),
    now: () => clock.now(),
    defaults: { timeoutMs: settings.runTimeoutMs, disconnectGraceMs: DISCONNECT_GRACE_MS },
    logger,
    metrics,
    draining: draining.signal,
    documents: DOCUMENTS,
    ping: () => store.ping(),
    validateReplies: settings.validateReplies,
  });
  const server = createServer(app.callback());
  await listen(server, settings);
  // After listening: a run that takes its process down must not keep the server from being reached.
  const recovered = service.recover().catch((error) => {
    logger.error({ err: error }, 'runs of an earlier process could not be taken up');
  });

  return {
    url: urlOf(server, settings.host),
    newDevKey,
    async close() {
      draining.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      await service.drain(settings.drainTimeoutMs);
      await recovered;
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), settings.drainTimeoutMs);
      await closed;
      clearTimeout(deadline);
      await Promise.all([services.http.close(), services.code.close()]);
      await store.close();
    },
  };
}

const createModel = (settings: Settings): ModelProvider =>
  settings.model ? createOpenAiCompatibleModel(settings.model) : createOfflineModel();

async function storeTarget({ databaseUrl, databaseSchema, dataDir }: Settings) {
  if (databaseUrl !== undefined)
    return { kind: 'postgres' as const, url: databaseUrl, schema: databaseSchema };
  await mkdir(dataDir, { recursive: true });
  return { kind: 'sqlite' as const, file: join(dataDir, 'flowwire.sqlite') };
}

const listen = (server: Server, { host, port }: Settings): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

function urlOf(server: Server, host: string): string {
  const address: string | AddressInfo | null = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
