import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnyContract, ApiSuite } from '../src/api.ts';
import { SUITES } from '../src/apis/index.ts';
import { createCaller } from '../src/caller.ts';
import { loadDocuments } from '../src/documents.ts';
import { createKeys } from '../src/keys.ts';
import { createLedger } from '../src/ledger.ts';
import { createSchemas, isObject } from '../src/probes/schema.ts';
import { createTarget, type Target } from '../src/target.ts';
import type { Answer } from '../src/wire/answer.ts';
import { judge } from '../src/wire/judge.ts';
import { type Input, toWireRequest } from '../src/wire/request.ts';
import { inputOf, mixed, mixOf } from './support/arbitrary-input.ts';
import { KEY, OTHER_KEY, openServer } from './support/server.ts';

const OURS = 'something-of-ours';
/** Stands in everything that the other tenant has. No answer to us may contain it. */
const THEIRS = 'only-the-other-tenant-knows-this';
const RUNS = Number(process.env.FLOWWIRE_RANDOM_REQUESTS ?? 25);

/** These would end what the test itself works with. */
const LEFT_OUT = ['logout'];

let server: Awaited<ReturnType<typeof openServer>>;
let target: Target;
/** Ids that name something: ours and theirs. */
const ids: string[] = [];
const unhandled: unknown[] = [];
const noteUnhandled = (error: unknown): void => void unhandled.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', noteUnhandled);
  server = await openServer({ FLOWWIRE_RATE_LIMIT: 'off', FLOWWIRE_MANDAS_RATE_LIMIT: 'off' });
  target = createTarget({ baseUrl: server.url, timeoutMs: 20_000 });
  ids.push(...(await seed(KEY, OURS)), ...(await seed(OTHER_KEY, THEIRS)));
});

afterAll(async () => {
  process.off('unhandledRejection', noteUnhandled);
  await server.close();
});

/** One of each thing, with a mark in all its texts. Answers the ids of what was made. */
async function seed(key: string, mark: string): Promise<string[]> {
  const post = async (path: string, body: object): Promise<Answer> => {
    const answer = await target.send({
      method: 'POST',
      target: path,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer;
  };
  const name = mark;
  const nodes = [
    { id: 'start', type: 'start' },
    { id: 'end', type: 'end', outputs: { text: mark } },
  ];
  const workflow = await post('/api/workflow', { name, nodes, edges: [{ from: 'start', to: 'end' }] });
  const id = member(workflow, 'id');
  const answers = [
    workflow,
    await post(`/api/workflow/${id}/execute`, { inputs: { text: mark }, response_mode: 'blocking' }),
    await post('/api/workflow/schedules', { workflow_id: id, cron: '0 3 * * *', inputs: { text: mark } }),
    await post('/mandas/v1/tasks', { agent: { type: 'data_analysis', name }, input: { text: mark } }),
    await post('/workflow/v1/layout/add', { name }),
    await post('/identity/apps', { name }),
  ];
  return answers.flatMap((answer) => idsIn(answer.json));
}

const member = ({ json }: Answer, name: string): string => (isObject(json) ? String(json[name]) : '');

const idsIn = (value: unknown): string[] =>
  Object.entries(isObject(value) ? value : {}).flatMap(([name, one]) => {
    if (typeof one === 'string') return /(^|_)id$/.test(name) ? [one] : [];
    return idsIn(one);
  });

describe.each(SUITES)('$contract.name', (suite) => {
  const { contract } = suite;
  const operations = Object.keys(contract.operations).filter((id) => !LEFT_OUT.includes(id));

  test.each(operations)(
    '%s answers whatever it is sent as documented, and nothing of another tenant',
    async (operationId) => {
      const documents = await documentsOf(suite);
      const { model } = documents;
      const schemas = createSchemas(model);
      const operation = model.operations.find((one) => one.operationId === operationId);
      if (!operation) throw new Error(`the document has no ${operationId}`);
      const keys = createKeys(target, KEY, OTHER_KEY);
      const caller = createCaller({
        suite,
        ...documents,
        target,
        keys,
        ledger: createLedger(() => undefined),
      });
      await fc.assert(
        fc.asyncProperty(mixOf(inputOf(operation, schemas, ids)), async (mix) => {
          const make = mix.isAllRandom ? undefined : suite.requests[operationId];
          const input = make ? mixed(await make(caller), mix) : mix.random;
          const answer = await send(contract, operationId, input);
          expect(answer.status, answer.text).toBeLessThan(500);
          const { operations: known, outputs } = contract;
          const [described, validators] = [known[operationId], outputs[operationId]];
          expect(described && validators && judge(described, validators, answer)).toEqual([]);
          expect(answer.text).not.toContain(THEIRS);
        }),
        { numRuns: RUNS },
      );
      expect(unhandled).toEqual([]);
      expect(server.logged.splice(0)).toEqual([]);
    },
    120_000,
  );
});

async function send(contract: AnyContract, operationId: string, input: Input): Promise<Answer> {
  const operation = contract.operations[operationId];
  if (!operation) throw new Error(`no operation ${operationId}`);
  const request = toWireRequest(operation, input);
  const headers = {
    ...request.headers,
    ...(operation.security.length > 0 && { Authorization: `Bearer ${KEY}` }),
  };
  // A stream of a run that waits would stay open: its first events are enough.
  let events = 0;
  return target.send({ ...request, headers }, { acceptsLimit: true, until: () => ++events >= 20 });
}

const loaded = new Map<string, ReturnType<typeof loadDocuments>>();
const documentsOf = (suite: ApiSuite) => {
  const known = loaded.get(suite.specs) ?? loadDocuments(suite);
  loaded.set(suite.specs, known);
  return known;
};
