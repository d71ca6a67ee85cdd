import { randomUUID } from 'node:crypto';
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
import { type AppDeps, createApp } from './app.ts';
import { createAudit } from './audit/audit.ts';
import { createFileStore } from './files/create-file-store.ts';
import { createDiskFiles } from './files/disk-files.ts';
import { createFileAddresses } from './files/file-addresses.ts';
import { createFileSweeper } from './files/file-sweeper.ts';
import { createLocalFiles, type LocalFiles } from './files/local-files.ts';
import { showLocalImages } from './files/local-images.ts';
import { sendLocally } from './files/local-sender.ts';
import { DEV_TENANT, prepareFirstStart } from './first-start.ts';
import { createTrustedProxies } from './http/client-address.ts';
import { cacheKeys } from './identity/key-cache.ts';
import { isLoopbackHost } from './identity/loopback.ts';
import { createEmbeddedLimiter } from './limits/embedded-limiter.ts';
import { createPolicies } from './limits/policies.ts';
import type { RateLimiter } from './limits/rate-limiter.ts';
import { createOpenAiCompatibleModel } from './models/openai-compatible.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { observeRuns, observeSchedules } from './observability/run-metrics.ts';
import { createEmbeddedQueue } from './queue/embedded-queue.ts';
import { type FairLimits, laneRoom } from './queue/fair-queue.ts';
import { createLocalWake } from './queue/local-wake.ts';
import { BACKGROUND_POOL } from './queue/pools.ts';
import { createSchemaValidator } from './schema-validator.ts';
import type { Settings } from './settings.ts';
import { loadSecretKey } from './store/secret-key.ts';
import { openStore, type Store } from './store/store.ts';
import { isUnavailable } from './store/unavailable.ts';
import { storeTarget } from './store-target.ts';

export interface ReferenceServer {
  readonly url: string;
  /** The dev key's text if it was made just now: the only time that it can be shown. */
  readonly newDevKey: string | undefined;
  /** Ends streams with a `retry:`, gives runs back to the queue, closes everything. */
  close(): Promise<void>;
}

/** How much of the counts of requests a kill loses. */
const KEEP_COUNTS_EVERY_MS = 1_000;

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
  const owner = `${hostname()}:${process.pid}:${randomUUID()}`;
  await store.idempotency.recover(owner);
  const limiter = await createEmbeddedLimiter(store.rateCounts, {
    now: systemClock.now,
    flushMs: KEEP_COUNTS_EVERY_MS,
    onError: (error) => logger.warn({ err: error }, 'counts of requests could not be kept'),
  });
  const server = createServer();
  // Before everything else, which has to know its address. No request is read in between: nothing is awaited.
  await listen(server, settings);
  const url = urlOf(server, settings.host);
  const publicUrl = settings.publicUrl ?? url;
  const foundation: Foundation = { settings, logger, store, wake, owner, publicUrl, limiter };
  const parts = compose(foundation);
  const draining = new AbortController();
  server.on('request', createApp(toAppDeps(foundation, parts, draining.signal)).callback());
  const stop = start(parts, logger);
  return {
    url,
    newDevKey,
    async close() {
      draining.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      await stop(settings.drainTimeoutMs);
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), settings.drainTimeoutMs);
      await closed;
      clearTimeout(deadline);
      const { http, code, mail } = parts.services;
      await Promise.all([http.close(), code.close(), mail.close()]);
      await limiter.close();
      await store.close();
    },
  };
}

/** What the application needs of the settings and of everything that was composed. */
const toAppDeps = (
  { settings, logger, store, owner, publicUrl, limiter }: Foundation,
  parts: Parts,
  draining: AbortSignal,
): AppDeps => ({
  ...store,
  ...parts,
  keys: cacheKeys(store.keys, systemClock.now),
  now: systemClock.now,
  defaults: { timeoutMs: settings.runTimeoutMs, disconnectGraceMs: settings.disconnectGraceMs },
  background: { pool: BACKGROUND_POOL, timeoutMs: settings.backgroundTimeoutMs },
  runConcurrency: settings.runConcurrency,
  laneConcurrency: (pool) => laneRoom(lanesOf(settings), pool),
  logger,
  draining,
  documents: DOCUMENTS,
  owner,
  ping: () => store.ping(),
  isUnavailable,
  validateReplies: settings.validateReplies,
  loginMs: settings.loginMs,
  secureCookies: !isLoopbackHost(settings.host) || publicUrl.startsWith('https:'),
  allowedOrigins: settings.corsOrigins,
  isTrustedProxy: createTrustedProxies(settings.trustedProxies),
  limiter,
  ratePolicies: createPolicies(settings.rates),
  publicUrl,
  developmentTenant: settings.trustLoopbackApps ? DEV_TENANT : undefined,
  astronErrorCodes: settings.astronErrorCodes,
  pingMs: settings.astronPingMs,
  code: parts.services.code,
});

/** Lets everything begin to work; the answer ends it again, and resolves when it has ended. */
function start({ service, schedules, retention, fileSweeper }: Parts, logger: Logger) {
  // The server listens already: a run that takes its process down must not keep it from being reached.
  const recovered = service.recover().catch((error) => {
    logger.error({ err: error }, 'runs of an earlier process could not be taken up');
  });
  const inTime = [schedules, retention, fileSweeper];
  for (const one of inTime) one.start();
  return async (drainTimeoutMs: number): Promise<void> => {
    await Promise.all(inTime.map((one) => one.stop()));
    await service.drain(drainTimeoutMs);
    await recovered;
  };
}

interface Foundation {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly store: Store;
  readonly wake: Wake;
  readonly owner: string;
  /** What the server's addresses begin with. */
  readonly publicUrl: string;
  readonly limiter: RateLimiter;
}

/** How many runs of one tenant are under way at once. */
const lanesOf = (settings: Settings): FairLimits => ({
  tenant: settings.tenantConcurrency,
  pools: { [BACKGROUND_POOL]: settings.backgroundConcurrency },
});

type Parts = ReturnType<typeof compose>;

/** Everything that works between the store and the APIs. Nothing of it has begun to work. */
function compose(foundation: Foundation) {
  const { settings, logger, store, wake, owner } = foundation;
  const queue = createEmbeddedQueue({
    concurrency: settings.runConcurrency,
    capacity: settings.maxWaitingRuns,
    lanes: lanesOf(settings),
    onError: (error, runId) => logger.error({ err: error, runId }, 'a run could not be worked on'),
  });
  const metrics = createMetrics(store.runs);
  const log = observeRuns(store.log, metrics);
  const { validate: validateSchema, check: checkSchema } = createSchemaValidator();
  const files = composeFiles(foundation);
  const services = createNodeServices(settings, validateSchema, files.localFiles);
  const service = createRunService({
    ...store,
    log,
    queue,
    wake,
    services,
    owner,
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
  const audit = createAudit(store.auditEntries, systemClock.now, (error) =>
    logger.error({ err: error }, 'an entry of the audit log could not be kept'),
  );
  return { log, metrics, checkSchema, services, service, schedules, retention, audit, ...files };
}

function composeFiles({ settings, logger, store, publicUrl }: Foundation) {
  const files = createFileStore({
    records: store.fileRecords,
    disk: createDiskFiles(join(settings.dataDir, 'files')),
    quota: settings.fileQuota,
    now: systemClock.now,
  });
  const localFiles = createLocalFiles({ files, addresses: createFileAddresses(publicUrl) });
  const fileSweeper = createFileSweeper({
    files,
    clock: systemClock,
    keepMs: settings.retainFilesMs,
    onError: (error) => logger.error({ err: error }, 'old files could not be deleted'),
  });
  return { files, localFiles, fileSweeper };
}

const createNodeServices = (
  settings: Settings,
  validateSchema: ValidateSchema,
  localFiles: LocalFiles,
): NodeServices => ({
  models: showLocalImages(createModel(settings), localFiles),
  http: sendLocally(createHttpSender({ allowPrivateAddresses: settings.allowPrivateAddresses }), localFiles),
  code: createCodeSandbox(),
  mail: settings.mail ? createSmtpSender(settings.mail) : createNoMail(),
  validateSchema,
  clock: systemClock,
});

const createModel = (settings: Settings): ModelProvider =>
  settings.model ? createOpenAiCompatibleModel(settings.model) : createOfflineModel();

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
