import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SUITES } from '../src/apis/index.ts';
import { toText } from '../src/report.ts';
import { runSuite, type SuiteReport } from '../src/suite.ts';
import { KEY, OTHER_KEY, openServer } from './support/server.ts';

let server: Awaited<ReturnType<typeof openServer>>;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const run = (baseUrl: string, name: string, only?: string): Promise<SuiteReport> =>
  runSuite({
    baseUrl,
    key: KEY,
    otherKey: OTHER_KEY,
    suites: SUITES.filter(({ contract }) => contract.name === name),
    ...(only !== undefined && { only: (operationId: string) => operationId === only }),
  });

test.each(SUITES.map(({ contract }) => contract.name))(
  'the reference server does as the documents of %s say',
  async (name) => {
    const report = await run(server.url, name);
    expect(report.passed, toText(report)).toBe(true);
    expect(report.apis[0]?.skipped).toEqual([]);
    expect(server.logged.splice(0)).toEqual([]);
  },
  300_000,
);

async function listen(proxy: Server): Promise<string> {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Changes an answer of the server behind it. */
type Fault = (answer: { status: number; text: string; headers: Headers }) => void;

/** A server that passes everything on, but for what it does to the answers of one path. */
async function faultyServer(path: RegExp, fault: Fault) {
  const proxy = createServer((request, response) => void pass(request, response, path, fault));
  return { url: await listen(proxy), close: () => proxy.close() };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  path: RegExp,
  fault: Fault,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const {
    host: _,
    connection: __,
    'content-length': ___,
    'transfer-encoding': ____,
    ...headers
  } = request.headers;
  const answer = await fetch(`${server.url}${request.url}`, {
    method: request.method ?? 'GET',
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  const changed = { status: answer.status, text: await answer.text(), headers: new Headers(answer.headers) };
  if (path.test(request.url ?? '') && answer.ok) fault(changed);
  response.statusCode = changed.status;
  for (const [name, value] of changed.headers) {
    if (!/^(content-length|transfer-encoding|connection)$/.test(name)) response.setHeader(name, value);
  }
  response.end(changed.text);
}

describe('a fault is found', () => {
  const cases: [what: string, api: string, operationId: string, path: RegExp, fault: Fault, says: RegExp][] =
    [
      [
        'a wrong status',
        'workflow-execution',
        'createWorkflow',
        /^\/api\/workflow$/,
        (answer) => {
          answer.status = 202;
        },
        /the document knows no status 202/,
      ],
      [
        'a documented status in the wrong place',
        'workflow-execution',
        'getWorkflow',
        /^\/api\/workflow\/wf_/,
        (answer) => {
          answer.status = 404;
          answer.text = '{"code":"workflow_not_found","message":"Not here.","status":404}';
        },
        /expected 200/,
      ],
      [
        'a missing field',
        'mandas',
        'getWorkflow',
        /^\/mandas\/v2\/workflows\/wf_/,
        (answer) => {
          answer.text = answer.text.replace('"version":1,', '');
        },
        /version is required/,
      ],
      [
        'a field of another type',
        'identity',
        'getPrincipal',
        /^\/identity\/me/,
        (answer) => {
          answer.text = answer.text.replace(/"tenant_id":"(\w+)"/, '"tenant_id":["$1"]');
        },
        /tenant_id must be string/,
      ],
      [
        'a header that is no number',
        'identity',
        'getPrincipal',
        /^\/identity\/me/,
        ({ headers }) => headers.set('X-RateLimit-Limit', 'many'),
        /the header X-RateLimit-Limit does not fit the document: many/,
      ],
      [
        'a changed event',
        'workflow-execution',
        'streamWorkflowExecution',
        /execute\/stream$/,
        (answer) => {
          answer.text = answer.text.replace('"event":"workflow_started"', '"event":"workflow_begun"');
        },
        /an item breaks the document/,
      ],
      [
        'a stream without its end',
        'workflow-execution',
        'streamWorkflowExecution',
        /execute\/stream$/,
        (answer) => {
          answer.text = answer.text.slice(0, answer.text.lastIndexOf('data: {'));
        },
        /without a terminal item/,
      ],
      [
        'a code that the document does not list',
        'astron',
        'addLayout',
        /layout\/add$/,
        (answer) => {
          answer.text = '{"code":20105,"message":"Strange","sid":"spf1@hf1"}';
        },
        /does not list the code 20105/,
      ],
    ];

  test.each(cases)(
    '%s (%s, %s)',
    async (_what, api, operationId, path, fault, says) => {
      const proxy = await faultyServer(path, fault);
      try {
        const report = await run(proxy.url, api, operationId);
        expect(report.passed).toBe(false);
        expect(toText(report)).toMatch(says);
      } finally {
        proxy.close();
      }
    },
    120_000,
  );

  test('a tenant that sees what is another one’s', async () => {
    // A server that takes every key for the first one's.
    const proxy = createServer((request, response) => {
      if (request.headers.authorization === `Bearer ${OTHER_KEY}`)
        request.headers.authorization = `Bearer ${KEY}`;
      void pass(request, response, /^$/, () => undefined);
    });
    try {
      const report = await run(await listen(proxy), 'workflow-execution', 'getWorkflow');
      expect(toText(report)).toMatch(/ids of another tenant: expected a refusal, got 200/);
    } finally {
      proxy.close();
    }
  }, 120_000);
});
