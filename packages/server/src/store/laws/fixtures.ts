import { randomUUID } from 'node:crypto';
import type {
  Lease,
  NewRun,
  NodeFinished,
  Page,
  PageRequest,
  RunChange,
  RunEvent,
  StoredEvent,
  WorkflowDefinition,
} from '@flowwire/engine';
import type { LawStore } from './backends.ts';

export const definition: WorkflowDefinition = {
  name: 'nothing much',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'end', type: 'end', outputs: { said: 'Grüße\u0000 ✓ "quoted" \\ {a,b}' } },
  ],
  edges: [{ from: 'start', to: 'end' }],
};

export const unique = (prefix: string) => `${prefix}_${randomUUID()}`;

export const newRun = (overrides: Partial<NewRun> = {}): NewRun => ({
  id: unique('run'),
  tenantId: 'tenant',
  workflowId: 'wf_1',
  version: 1,
  userId: 'user',
  definition,
  inputs: { text: 'hello' },
  priority: 0,
  timeoutMs: 60_000,
  onDisconnect: 'cancel',
  disconnectGraceMs: 5_000,
  createdAt: 1_000,
  cacheKey: 'cache key',
  ...overrides,
});

/** A text that no codec may bend: JSON, SQL arrays and UTF-8 all have something to escape in it. */
export const delta = (text: string): RunEvent => ({
  type: 'text_delta',
  nodeId: 'n1',
  field: 'text',
  text: `${text} 'quoted' "quoted" \\ {a,NULL} \u0000 ✓ 🦊`,
  responderId: 'answer',
  segment: 0,
});

export const deltas = (count: number) => Array.from({ length: count }, (_, index) => delta(`word ${index}`));

export const nodeFinished = (overrides: Partial<NodeFinished> = {}): NodeFinished => ({
  type: 'node_finished',
  nodeId: 'n1',
  nodeType: 'llm',
  title: 'Say\u0000 it',
  index: 1,
  status: 'succeeded',
  outputs: {},
  elapsedMs: 10,
  tokens: { prompt: 1, completion: 2 },
  attempts: 1,
  ...overrides,
});

/** Creates a run and claims it. */
export async function claimedRun(store: LawStore, overrides: Partial<NewRun> = {}): Promise<Lease> {
  const run = newRun(overrides);
  await store.runs.create(run);
  const claimed = await store.runs.claim(run.id, 'owner', 2_000);
  if (!claimed) throw new Error('a new run could not be claimed');
  return { runId: run.id, epoch: claimed.epoch };
}

/** Creates a run, claims it and ends it with three events. */
export async function endedRun(
  store: LawStore,
  overrides: Partial<NewRun> = {},
  change: RunChange = {},
): Promise<string> {
  const lease = await claimedRun(store, overrides);
  await store.log.append(lease, 1, deltas(3), { state: 'succeeded', finishedAt: 3_000, ...change });
  return lease.runId;
}

/** The whole log, page by page. */
export async function wholeLog(store: LawStore, runId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await store.log.read(runId, events.length, 100);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

/** All pages of a list. */
export async function pagesOf<T>(list: (page: PageRequest) => Promise<Page<T>>, limit: number) {
  const pages: (readonly T[])[] = [];
  let request: PageRequest | undefined = { limit };
  while (request) {
    const { items, nextCursor }: Page<T> = await list(request);
    pages.push(items);
    if (pages.length > 1_000) throw new Error('the list does not end');
    request = nextCursor === undefined ? undefined : { limit, cursor: nextCursor };
  }
  return pages;
}

export const seqsOf = (events: readonly StoredEvent[]) => events.map(({ seq }) => seq);

/** 1, 2, ... n */
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
