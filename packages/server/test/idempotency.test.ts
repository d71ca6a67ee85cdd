import { createMandas, createWorkflowExecution } from '@flowwire/client';
import type { Operation } from '@flowwire/contract';
import { astron } from '@flowwire/contract/astron';
import { identity } from '@flowwire/contract/identity';
import { mandas } from '@flowwire/contract/mandas';
import { workflowExecution } from '@flowwire/contract/workflow-execution';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout, twoQuestions } from './support/workflows.ts';

let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;

beforeAll(async () => {
  server = await openTestServer();
  api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
});
afterAll(() => server.close());

/** Sends a request with a key, without the client, and tells what is the same in an answer that is repeated. */
async function post(key: string, path: string, body?: unknown) {
  const response = await fetch(`${server.url}/api/workflow${path}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${server.key}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    replayed: response.headers.get('Idempotency-Replayed'),
    location: response.headers.get('Location'),
    text: await response.text(),
  };
}

const REUSED = expect.stringContaining('"idempotency_key_reused"');
const create = async () => (await api.createWorkflow({ body: shout })).id;

describe('a request that is repeated with its Idempotency-Key', () => {
  test('gets status, headers and body of the first, and is told that it was repeated', async () => {
    const first = await post('create', '', shout);
    expect(first).toMatchObject({ status: 201, replayed: null, location: /^\/api\/workflow\/wf_/ });
    expect(await post('create', '', shout)).toEqual({ ...first, replayed: 'true' });
  });

  test('is answered as the first time, also when something else has happened since', async () => {
    const id = await create();
    const first = await post('publish', `/${id}/publish`, { version: 1 });
    expect(first.text).toContain('"published_version":1');
    const off = await post('take off', `/${id}/take-off`);
    expect(off.text).not.toContain('published_version');
    expect(await post('publish', `/${id}/publish`, { version: 1 })).toEqual({ ...first, replayed: 'true' });
    expect(await api.getWorkflow({ path: { id } })).not.toHaveProperty('published_version');
    expect(await post('take off', `/${id}/take-off`)).toEqual({ ...off, replayed: 'true' });
  });

  test('finds the run that it started, though the workflow is gone', async () => {
    const id = await create();
    const start = (key: string) => post(key, `/${id}/execute/stream`, { inputs: { text: 'hello' } });
    const other = createMandas({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
    const startRun = () =>
      other.startRun({
        path: { workflow_id: id },
        headers: { 'Idempotency-Key': 'gone-in-mandas' },
        body: { initial_input: { text: 'hello' } },
      });
    const [first, run] = [await start('gone'), await startRun()];
    await api.deleteWorkflow({ path: { id } });
    expect((await start('gone')).text).toBe(first.text);
    expect(await startRun()).toEqual(run);
    expect(await start('new')).toMatchObject({ status: 404 });
  });

  test('pauses, answers, resumes and cancels once', async () => {
    const { id } = await api.createWorkflow({ body: twoQuestions });
    const stream = api.streamWorkflowExecution({
      path: { id },
      body: { inputs: {}, on_disconnect: 'continue' },
    });
    let run = '';
    let question = '';
    for await (const event of stream) {
      run = event.workflow_run_id;
      if (event.event !== 'question' || event.data.choices) continue;
      question = event.data.question_id;
      break;
    }
    const twice = async (what: string, body?: unknown) => {
      const first = await post(what, `/executions/${run}/${what}`, body);
      expect(first).toMatchObject({ status: 202, replayed: null });
      expect(await post(what, `/executions/${run}/${what}`, body)).toEqual({ ...first, replayed: 'true' });
    };
    await twice('answer', { type: 'text', question_id: question, text: 'Paris' });
    await twice('pause');
    await twice('resume');
    await twice('cancel');
    const end = await api.followExecution({ path: { execution_id: run } }).result();
    expect(end.data.status).toBe('cancelled');
    expect(await post('cancel', `/executions/${run}/cancel`)).toMatchObject({
      status: 202,
      replayed: 'true',
    });
    expect(await post('cancel again', `/executions/${run}/cancel`)).toMatchObject({ status: 409 });
  });

  test('has one effect however many are sent at once, and however they differ', async () => {
    const before = (await api.listWorkflows({ query: { limit: 100 } })).data.length;
    const names = ['one', 'two', 'three', 'one', 'two', 'three', 'one', 'two', 'three', 'one'];
    const answers = await Promise.all(names.map((name) => post('crowd', '', { ...shout, name })));
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    expect(made.filter(({ replayed }) => replayed === null)).toHaveLength(1);
    const [winner] = names.filter((_, index) => answers[index]?.status === 201);
    for (const [index, { status, text }] of answers.entries()) {
      if (names[index] === winner) expect(status).toBe(201);
      else expect({ status, text }).toEqual({ status: 409, text: REUSED });
    }
    expect((await api.listWorkflows({ query: { limit: 100 } })).data).toHaveLength(before + 1);
  });
});

describe('an Idempotency-Key', () => {
  test('that came with another request is refused', async () => {
    const id = await create();
    await post('one use', `/${id}/publish`, { version: 1 });
    for (const other of [
      await post('one use', `/${await create()}/publish`, { version: 1 }),
      await post('one use', `/${id}/publish`, { version: 2 }),
      await post('one use', `/${id}/take-off`),
      await post('one use', `/${id}/execute`, { inputs: { text: 'x' }, response_mode: 'blocking' }),
    ]) {
      expect(other).toMatchObject({ status: 409, text: REUSED });
    }
  });

  test('that has started a run is refused with anything else', async () => {
    const id = await create();
    const body = { inputs: { text: 'x' }, response_mode: 'blocking' };
    expect(await post('a run', `/${id}/execute`, body)).toMatchObject({ status: 200, replayed: null });
    expect(await post('a run', `/${id}/execute`, body)).toMatchObject({ status: 200 });
    expect(await post('a run', '', shout)).toMatchObject({ status: 409, text: REUSED });
  });

  test('is not used up by a request that is refused', async () => {
    const id = await create();
    expect(await post('second try', `/${id}/publish`, { version: 7 })).toMatchObject({ status: 404 });
    expect(await post('second try', `/${id}/publish`, { version: 1 })).toMatchObject({ status: 200 });
  });
});

describe('the documents', () => {
  const operationsOf = (contract: { readonly operations: object }): Operation[] =>
    Object.values(contract.operations);

  /** POSTs that change nothing. */
  const HARMLESS = ['getLayout', 'buildLayout'];

  test('let every POST that changes something be repeated, but those whose answer is a secret', () => {
    for (const contract of [workflowExecution, mandas, astron]) {
      const without = operationsOf(contract).filter(
        ({ method, idempotencyKey, operationId }) =>
          method === 'POST' && !idempotencyKey && !HARMLESS.includes(operationId),
      );
      expect(without.map(({ operationId }) => operationId)).toEqual([]);
    }
    expect(operationsOf(identity).some(({ idempotencyKey }) => idempotencyKey)).toBe(false);
  });

  test('say what a key that was used before is told, and when to come again', () => {
    const codes: readonly unknown[] = ['idempotency_key_reused', 'IDEMPOTENCY_KEY_REUSED', 1010];
    const silent = [workflowExecution, mandas, astron]
      .flatMap(operationsOf)
      .filter(({ idempotencyKey }) => idempotencyKey)
      .filter(({ replies }) => {
        const told = (replies['409'] ?? replies['200'])?.errorCodes ?? [];
        return !told.some((code) => codes.includes(code)) || !replies['503'];
      });
    expect(silent.map(({ operationId }) => operationId)).toEqual([]);
  });
});
