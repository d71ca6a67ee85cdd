import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createWorkflowExecution } from '@flowwire/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, startModelStandIn } from './support/model-stand-in.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { relay } from './support/workflows.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Bytes that are still in use after a collection. */
function usedBytes(): number {
  if (typeof collectGarbage !== 'function') throw new Error('no garbage collector to call');
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let standIn: Awaited<ReturnType<typeof startModelStandIn>>;
let server: TestServer;

beforeAll(async () => {
  standIn = await startModelStandIn([answer('one two three four five')]);
  server = await openTestServer({
    OPENAI_BASE_URL: standIn.baseUrl,
    OPENAI_MODEL: 'stand-in',
    LOG_LEVEL: 'warn',
  });
});

afterAll(async () => {
  await server.close();
  await standIn.close();
});

test('100 concurrent streaming runs finish, and memory returns to its level', async () => {
  const api = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
  const { id } = await api.createWorkflow({ body: relay });

  const stream = async () => {
    const events = api.streamWorkflowExecution({ path: { id }, body: { inputs: {} } });
    let expected = 1;
    for await (const _ of events) if (Number(events.lastEventId) !== expected++) throw new Error('a gap');
    return (await events.result()).data;
  };
  const hundred = async () => {
    for (const { status, outputs } of await Promise.all(Array.from({ length: 100 }, stream))) {
      expect(status).toBe('succeeded');
      expect(outputs).toMatchObject({ answer: Array(3).fill('one two three four five').join('|') });
    }
  };

  // The first rounds pay for code, pools and the bounded memory of recent events.
  for (let round = 0; round < 3; round++) await hundred();
  const before = usedBytes();
  for (let round = 0; round < 5; round++) await hundred();
  const grown = usedBytes() - before;
  // 500 further runs of some 40 events: what they tell is about 10 MB of text alone.
  expect(grown).toBeLessThan(8 * 1024 * 1024);
}, 120_000);
