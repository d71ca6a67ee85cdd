import type { ServerResponse } from 'node:http';
import { createWorkflowExecution } from '@flowwire/client';
import type { WorkflowEvent } from '@flowwire/contract/workflow-execution';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, test } from 'vitest';
import { startModelStandIn } from './support/model-stand-in.ts';
import { DEV_KEY, dataFolder, freePort, spawnServer } from './support/reference-server.ts';
import { relay } from './support/workflows.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const WORDS = 30;

/** Streams WORDS numbered words with a few milliseconds between them, as a model would. */
const slowAnswer = (_request: unknown, response: ServerResponse) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  let word = 0;
  const chunk = (choice: object) =>
    response.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, ...choice }] })}\n\n`,
    );
  const timer = setInterval(() => {
    if (word < WORDS) {
      chunk({ delta: { content: `${word++} ` } });
      return;
    }
    clearInterval(timer);
    chunk({ delta: {}, finish_reason: 'stop' });
    response.end('data: [DONE]\n\n');
  }, 4);
  response.once('close', () => clearInterval(timer));
};

const ANSWER = Array.from({ length: WORDS }, (_, word) => `${word} `).join('');

/** The text that counts: what a node wrote before it began again is discarded. */
function visibleText(events: readonly { seq: number; event: WorkflowEvent }[]): string {
  let chunks: { seq: number; node: string | undefined; text: string }[] = [];
  for (const { seq, event } of events) {
    if (event.event === 'text_chunk') {
      chunks.push({ seq, node: event.data.from_variable_selector[0], text: event.data.text });
    }
    if (event.event === 'node_retry') {
      const { node_id, discard_from_seq } = event.data;
      chunks = chunks.filter(({ seq: at, node }) => node !== node_id || at < discard_from_seq);
    }
  }
  return chunks.map(({ text }) => text).join('');
}

async function setUp() {
  const standIn = await startModelStandIn([slowAnswer]);
  const folder = await dataFolder();
  const port = await freePort();
  closers.push(folder.remove, standIn.close);
  const environment = {
    PORT: String(port),
    FLOWWIRE_DATA_DIR: folder.path,
    OPENAI_BASE_URL: standIn.baseUrl,
    OPENAI_MODEL: 'm',
    // So many kills may well meet one node three times; that is not what is tested here.
    FLOWWIRE_MAX_NODE_CRASHES: '100',
    LOG_LEVEL: 'warn',
  };
  return { environment, folder, url: `http://127.0.0.1:${port}` };
}

function toStoredRun(row: unknown) {
  if (typeof row !== 'object' || row === null) throw new Error('not a row');
  const { id, status, lastSeq, events, highest } = Object.assign(
    { id: '', status: '', lastSeq: 0, events: 0, highest: 0 },
    row,
  );
  return { id, status, lastSeq, events, highest: highest ?? 0 };
}

/** What the store holds: of each run its status and how many events, and that these are dense. */
function readStore(folder: { readonly path: string }) {
  const database = new Database(`${folder.path}/flowwire.sqlite`, { readonly: true });
  const rows = database
    .prepare(
      `SELECT workflow_executions.id, status, last_seq AS lastSeq, count(seq) AS events, max(seq) AS highest
       FROM workflow_executions LEFT JOIN run_events ON run_id = workflow_executions.id GROUP BY 1`,
    )
    .all();
  database.close();
  return rows.map(toStoredRun);
}

describe('the disk is full', () => {
  test('runs fail loudly, nothing is told that is not stored, and a server with room ends every run', async () => {
    const { environment, folder, url } = await setUp();
    const full = await spawnServer(environment, 2_048);
    const api = createWorkflowExecution({ baseUrl: url, auth: DEV_KEY, maxRetries: 0 });
    const { id } = await api.createWorkflow({ body: relay });

    const told = new Map<string, number>();
    const body = { inputs: {}, on_disconnect: 'continue' as const };
    /** Runs the workflow again and again until that fails. */
    const read = async () => {
      for (;;) {
        const stream = api.streamWorkflowExecution({ path: { id }, body }, { maxReconnects: 0 });
        for await (const event of stream) told.set(event.workflow_run_id, Number(stream.lastEventId));
      }
    };
    const readers = Array.from({ length: 8 }, () => read().catch((error: unknown) => error));
    await full.logged('a run failed in the server');
    await full.kill('SIGKILL');
    await Promise.all(readers);
    expect(full.stderr.join('')).toMatch(/disk|full|SQLITE_/);

    expect(told.size).toBeGreaterThan(0);
    const stored = new Map(readStore(folder).map((run) => [run.id, run]));
    for (const [runId, seq] of told) expect(stored.get(runId)?.highest).toBeGreaterThanOrEqual(seq);
    for (const { events, highest, lastSeq } of stored.values())
      expect([events, highest]).toEqual([lastSeq, lastSeq]);

    const roomy = await spawnServer(environment);
    const statuses = async () => new Set(readStore(folder).map(({ status }) => status));
    await expect.poll(statuses, { timeout: 30_000, interval: 200 }).toEqual(new Set(['success']));
    expect(await roomy.kill('SIGTERM')).toBe(0);
  }, 60_000);
});

describe('the server is killed', () => {
  test('20 times at random points of runs under load: no event is lost, none comes twice, every run ends', async () => {
    const { environment, folder, url } = await setUp();
    let server = await spawnServer(environment);
    const api = createWorkflowExecution({ baseUrl: url, auth: DEV_KEY, maxRetries: 20 });
    const { id } = await api.createWorkflow({ body: relay });

    const runs: { seqs: number[]; end: WorkflowEvent | undefined; text: string; id: string }[] = [];
    let stopping = false;

    /** Runs the workflow again and again, each time reading it to its end over however many connections. */
    const reader = async () => {
      while (!stopping) {
        const stream = api.streamWorkflowExecution(
          { path: { id }, body: { inputs: {} } },
          { maxReconnects: 50 },
        );
        const told: { seq: number; event: WorkflowEvent }[] = [];
        for await (const event of stream) told.push({ seq: Number(stream.lastEventId), event });
        runs.push({
          id: told[0]?.event.workflow_run_id ?? '',
          seqs: told.map(({ seq }) => seq),
          end: told.at(-1)?.event,
          text: visibleText(told),
        });
      }
    };
    const readers = Array.from({ length: 8 }, reader);

    for (let kill = 0; kill < 20; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
      await server.kill('SIGKILL');
      server = await spawnServer(environment);
    }
    // A slow machine gets through few of them between the kills.
    await expect.poll(() => runs.length, { timeout: 60_000 }).toBeGreaterThan(20);
    stopping = true;
    await Promise.all(readers);
    expect(await server.kill('SIGTERM')).toBe(0);

    for (const { seqs, end, text } of runs) {
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      expect(end).toMatchObject({
        event: 'workflow_finished',
        data: { status: 'succeeded', outputs: { last: ANSWER } },
      });
      expect(text).toBe(`${ANSWER}|${ANSWER}|${ANSWER}`);
    }

    const database = new Database(`${folder.path}/flowwire.sqlite`, { readonly: true });
    const unfinished = database
      .prepare(
        "SELECT count(*) AS runs FROM workflow_executions WHERE status NOT IN ('success', 'failed', 'cancelled', 'timed_out')",
      )
      .get();
    const twice = database
      .prepare(
        `SELECT run_id, json_extract(data, '$.nodeId') AS node, count(*) AS times FROM run_events
         WHERE type = 'node_finished' GROUP BY 1, 2 HAVING count(*) > 1`,
      )
      .all();
    database.close();
    expect(unfinished).toEqual({ runs: 0 });
    expect(twice).toEqual([]);
  }, 180_000);

  test('a drained server ends its streams with a retry, gives runs back, and the next one goes on', async () => {
    const { environment, url } = await setUp();
    const first = await spawnServer(environment);
    const api = createWorkflowExecution({ baseUrl: url, auth: DEV_KEY });
    const { id } = await api.createWorkflow({ body: relay });
    const reconnects: number[] = [];
    const stream = api.streamWorkflowExecution(
      { path: { id }, body: { inputs: {} } },
      { maxReconnects: 50, onReconnect: (attempt) => reconnects.push(attempt) },
    );
    const seqs: number[] = [];
    let second: Awaited<ReturnType<typeof spawnServer>> | undefined;
    for await (const event of stream) {
      seqs.push(Number(stream.lastEventId));
      if (event.event !== 'text_chunk' || second) continue;
      expect(await first.kill('SIGTERM')).toBe(0);
      second = await spawnServer(environment);
    }
    expect(reconnects.length).toBeGreaterThan(0);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect((await stream.result()).data).toMatchObject({ status: 'succeeded', outputs: { last: ANSWER } });
    await second?.kill('SIGTERM');
  }, 60_000);
});
