import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createCodeSandbox,
  createHttpSender,
  createOfflineModel,
  createRunService,
  type JobQueue,
  type RunService,
  systemClock,
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
}

/** The engine as the server composes it, over SQLite in a fresh folder. */
export async function openEngine(concurrency: number): Promise<BenchEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-bench-'));
  const wake = createLocalWake(console.error);
  const file = join(folder, 'flowwire.sqlite');
  const store = await openStore({ kind: 'sqlite', file }, { wake, now: Date.now });
  const queue = createEmbeddedQueue({ concurrency, onError: console.error });
  const services = {
    models: createOfflineModel(),
    http: createHttpSender({}),
    code: createCodeSandbox(),
    clock: systemClock,
  };
  const service = createRunService({
    log: store.log,
    runs: store.runs,
    queue,
    wake,
    services,
    validateSchema: createSchemaValidator().validate,
    owner: 'bench',
    onError: console.error,
  });
  return { folder, store, queue, service };
}
