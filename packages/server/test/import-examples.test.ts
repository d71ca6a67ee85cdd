import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

function run(example: string) {
  const program = fileURLToPath(new URL(`../../../examples/${example}/src/main.ts`, import.meta.url));
  const running = promisify(execFile)(
    process.execPath,
    ['--conditions=@flowwire/source', '--import', 'tsx', program],
    {
      env: { PATH: process.env.PATH ?? '', FLOWWIRE_URL: server.url, FLOWWIRE_KEY: server.key },
      timeout: 20_000,
    },
  );
  running.child.stdin?.end();
  return running;
}

test('the Dify example tells what became of each node, and runs the app to its end', async () => {
  const { stdout, stderr } = await run('import-dify');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/if-else.*condition/);
  expect(stdout).toMatch(/wf_\w+ runs:/);
  expect(stdout).toMatch(/succeeded: \d+ nodes in [\d.]+ s/);
});

test('the astron example brings the flow over, answers its question and runs it to its end', async () => {
  const { stdout } = await run('import-astron');
  expect(stdout).toMatch(/question-answer/);
  expect(stdout).toMatch(/\nsucceeded\n$/);
});
