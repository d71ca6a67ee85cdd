import { createWorkflowExecution } from '@flowwire/client';
import { afterEach, expect, test } from 'vitest';
import { type Recorded, startRecorder } from './support/crash/recorder.ts';
import { placeOf, readRuns, type StoredRun, textOf } from './support/crash/stored-runs.ts';
import { ANSWERS, crashWorkflows } from './support/crash/workflows.ts';
import { answer, startModelStandIn } from './support/model-stand-in.ts';
import { DEV_KEY, dataFolder, freePort, spawnServer } from './support/reference-server.ts';

const RUNS = 200;
const AT_ONCE = 32;
const KILLS = 16;
const SAID = 'so many words of an answer';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp() {
  const standIn = await startModelStandIn([answer(SAID)]);
  const recorder = await startRecorder();
  const folder = await dataFolder();
  closers.push(folder.remove, recorder.close, standIn.close);
  const port = await freePort();
  const environment = {
    PORT: String(port),
    FLOWWIRE_DATA_DIR: folder.path,
    FLOWWIRE_ALLOW_PRIVATE_ADDRESSES: new URL(recorder.url).host,
    OPENAI_BASE_URL: standIn.baseUrl,
    OPENAI_MODEL: 'm',
    // So many kills may well meet one node three times; that is not what is tested here.
    FLOWWIRE_MAX_NODE_CRASHES: '100',
    LOG_LEVEL: 'warn',
  };
  return { recorder, folder, environment, url: `http://127.0.0.1:${port}` };
}

type Api = ReturnType<typeof createWorkflowExecution>;

/** Runs a workflow to its end, over however many connections, and answers what it asks. */
async function follow(api: Api, id: string): Promise<readonly number[]> {
  const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: {} } }, { maxReconnects: 100 });
  const seqs: number[] = [];
  for await (const event of stream) {
    seqs.push(Number(stream.lastEventId));
    if (event.event !== 'question') continue;
    await api.answerExecution({
      path: { execution_id: event.workflow_run_id },
      body: { type: 'choice', question_id: event.data.question_id, choice: 'b' },
    });
  }
  return seqs;
}

/** No request of a node came after its end was committed, and each node has one key for all its attempts. */
function judgeRequests({ id, events }: StoredRun, requests: readonly Recorded[]): void {
  const ends = new Map(
    events.flatMap((event) =>
      event.type === 'node_finished' ? [[`${id}/${placeOf(event)}`, event.at]] : [],
    ),
  );
  const keys = new Map<string, string>();
  for (const { key, node, at } of requests.filter((request) => request.node.startsWith(`${id}/`))) {
    expect(ends.get(key)).toBeGreaterThanOrEqual(at);
    expect(keys.get(node) ?? key).toBe(key);
    keys.set(node, key);
  }
  expect(new Set(keys.values()).size).toBe(keys.size);
}

function judge(run: StoredRun, requests: readonly Recorded[]): void {
  const { events } = run;
  expect(run).toMatchObject({ status: 'success', lastSeq: events.length });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === 'run_finished')).toHaveLength(1);
  const finished = events.filter(({ type }) => type === 'node_finished').map(placeOf);
  expect(finished).toEqual([...new Set(finished)]);
  expect(textOf(events)).toBe(run.answer);
  judgeRequests(run, requests);
}

test(`${RUNS} runs of every shape outlive ${KILLS} kills of their server, and no finished node runs again`, async () => {
  const { recorder, folder, environment, url } = await setUp();
  let server = await spawnServer(environment);
  const api = createWorkflowExecution({ baseUrl: url, auth: DEV_KEY, maxRetries: 40 });
  const workflows: { readonly id: string; readonly name: string }[] = [];
  for (const definition of crashWorkflows(recorder.url)) {
    workflows.push({ id: (await api.createWorkflow({ body: definition })).id, name: definition.name });
  }

  let next = 0;
  const work = async (): Promise<void> => {
    while (next < RUNS) {
      const { id = '' } = workflows[next++ % workflows.length] ?? {};
      const seqs = await follow(api, id);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  };
  const done = Promise.all(Array.from({ length: AT_ONCE }, work));
  let isDone = false;
  const marked = done.then(() => {
    isDone = true;
  });
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 300));
    expect(isDone, 'all runs have ended before the last kill').toBe(false);
    await server.kill('SIGKILL');
    server = await spawnServer(environment);
  }
  await marked;
  expect(await server.kill('SIGTERM')).toBe(0);

  const runs = readRuns(folder.path);
  expect(runs).toHaveLength(RUNS);
  for (const run of runs) judge(run, recorder.requests);
  const answers = workflows.map(({ name }) => ANSWERS[name]?.(SAID));
  for (const run of runs) expect(answers).toContain(run.answer);
  const retried = runs.filter(({ events }) => events.some(({ type }) => type === 'node_retry'));
  expect(retried.length).toBeGreaterThan(0);
}, 90_000);
