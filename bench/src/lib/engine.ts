import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCodeSandbox,
  createHttpSender,
  createNoMail,
  createOfflineModel,
  createRunService,
  createScheduleService,
  type JobQueue,
  type RunService,
  type RunSummary,
  type ScheduleService,
  type StartRun,
  systemClock,
  type WorkflowDefinition,
} from '@flowwire/engine';
import {
  createEmbeddedQueue,
  createLocalWake,
  createSchemaValidator,
  openStore,
  type Store,
} from '@flowwire/server';

export interface BenchEngine {
  readonly folder: string;
  readonly store: Store;
  readonly queue: JobQueue;
  readonly service: RunService;
  readonly schedules: ScheduleService;
}

const TENANT = 'bench';

/** The engine as the server composes it, over SQLite in a fresh folder. */
export async function openEngine(concurrency: number): Promise<BenchEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-bench-'));
  const wake = createLocalWake(console.error);
  const file = join(folder, 'flowwire.sqlite');
  const store = await openStore(
    { kind: 'sqlite', file },
    { wake, now: Date.now, secretKey: randomBytes(32) },
  );
  const queue = createEmbeddedQueue({ concurrency, onError: console.error });
  const services = {
    models: createOfflineModel(),
    http: createHttpSender({}),
    code: createCodeSandbox(),
    mail: createNoMail(),
    clock: systemClock,
    validateSchema: createSchemaValidator().validate,
  };
  const service = createRunService({
    log: store.log,
    runs: store.runs,
    workflows: store.workflows,
    conversations: store.conversations,
    secrets: store.secrets,
    queue,
    wake,
    services,
    owner: 'bench',
    onError: console.error,
  });
  const schedules = createScheduleService({
    schedules: store.schedules,
    workflows: store.workflows,
    service,
    clock: systemClock,
    validateSchema: services.validateSchema,
    onError: console.error,
  });
  return { folder, store, queue, service, schedules };
}

/** Keeps a workflow, so that `startRun` can run it. */
export async function keepWorkflow({ store }: BenchEngine, id: string, definition: WorkflowDefinition) {
  await store.workflows.create({ id, tenantId: TENANT, definition, createdAt: Date.now() });
}

export async function startRun(
  { service }: BenchEngine,
  workflowId: string,
  fields: Partial<StartRun> = {},
): Promise<RunSummary> {
  const started = await service.start({
    tenantId: TENANT,
    workflowId,
    userId: 'bench',
    inputs: {},
    timeoutMs: 3_600_000,
    onDisconnect: 'continue',
    ...fields,
  });
  if (started.outcome !== 'created') throw new Error(`the run was not created: ${started.outcome}`);
  return started.run;
}

export const countActive = ({ store }: BenchEngine) => store.runs.countActive(TENANT);
