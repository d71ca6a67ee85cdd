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
  createNoMail,
  createOfflineModel,
  createRetention,
  createRunService,
  createScheduleService,
  createSmtpSender,
  type ModelProvider,
  type NodeServices,
  systemClock,
  type ValidateSchema,
  type Wake,
} from '@flowwire/engine';
import { createApp } from './app.ts';
import { prepareFirstStart } from './first-start.ts';
import { cacheKeys } from './identity/key-cache.ts';
import { createOpenAiCompatibleModel } from './models/openai-compatible.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { observeRuns, observeSchedules } from './observability/run-metrics.ts';
import { createEmbeddedQueue } from './queue/embedded-queue.ts';
import { createLocalWake } from './queue/local-wake.ts';
import { createSchemaValidator } from './schema-validator.ts';
import type { Settings } from './settings.ts';
import { loadSecretKey } from './store/secret-key.ts';
import { openStore, type Store } from './store/store.ts';

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
  const wake = createLocalWake((error) => logger.error({ err: error }, 'a listener failed'));
  const secretKey = await loadSecretKey(settings.dataDir, settings.secretKey);
  const store = await openStore(await storeTarget(settings), { wake, now: systemClock.now, secretKey });
  const newDevKey = await prepareFirstStart({ ...store, devKey: settings.devKey, now: systemClock.now() });
  const parts = compose({ settings, logger, store, wake });
  const { service, schedules, retention, services } = parts;

  const draining = new AbortController();
  const app = createApp({
    ...store,
    ...parts,
    keys: cacheKeys(store.keys, systemClock.now),
    now: systemClock.now,
    defaults: { timeoutMs: settings.runTimeoutMs, disconnectGraceMs: DISCONNECT_GRACE_MS },
    runConcurrency: settings.runConcurrency,
    logger,
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
  schedules.start();
  retention.start();

  return {
    url: urlOf(server, settings.host),
    newDevKey,
    async close() {
      draining.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all([schedules.stop(), retention.stop()]);
      await service.drain(settings.drainTimeoutMs);
      await recovered;
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), settings.drainTimeoutMs);
      await closed;
      clearTimeout(deadline);
      await Promise.all([services.http.close(), services.code.close(), services.mail.close()]);
      await store.close();
    },
  };
}

interface Foundation {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly store: Store;
  readonly wake: Wake;
}

/** Everything that works between the store and the APIs. Nothing of it has begun to work. */
function compose({ settings, logger, store, wake }: Foundation) {
  const queue = createEmbeddedQueue({
    concurrency: settings.runConcurrency,
    tenantConcurrency: settings.tenantConcurrency,
    onError: (error, runId) => logger.error({ err: error, runId }, 'a run could not be worked on'),
  });
  const metrics = createMetrics(store.runs);
  const log = observeRuns(store.log, metrics);
  const { validate: validateSchema, check: checkSchema } = createSchemaValidator();
  const services = createNodeServices(settings, validateSchema);
  const service = createRunService({
    ...store,
    log,
    queue,
    wake,
    services,
    owner: `${hostname()}:${process.pid}:${randomUUID()}`,
    maxNodeCrashes: settings.maxNodeCrashes,
    onError: (error, context) => logger.error({ err: error, ...context }, 'a run failed in the server'),
  });
  const schedules = createScheduleService({
    schedules: observeSchedules(store.schedules, metrics),
    workflows: store.workflows,
    validateSchema,
    service,
    clock: systemClock,
    onError: (error, context) => logger.error({ err: error, ...context }, 'a schedule failed'),
  });
  const retention = createRetention({
    runs: store.runs,
    clock: systemClock,
    policy: settings.retention,
    onError: (error) => logger.error({ err: error }, 'old runs could not be deleted'),
  });
  return { log, metrics, checkSchema, services, service, schedules, retention };
}

const createNodeServices = (settings: Settings, validateSchema: ValidateSchema): NodeServices => ({
  models: createModel(settings),
  http: createHttpSender({ allowPrivateAddresses: settings.allowPrivateAddresses }),
  code: createCodeSandbox(),
  mail: settings.mail ? createSmtpSender(settings.mail) : createNoMail(),
  validateSchema,
  clock: systemClock,
});

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
