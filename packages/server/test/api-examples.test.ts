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

function run(example: string, args: readonly string[], key = server.key) {
  const program = fileURLToPath(new URL(`../../../examples/${example}/src/main.ts`, import.meta.url));
  const running = promisify(execFile)(
    process.execPath,
    ['--conditions=@flowwire/source', '--import', 'tsx', program, ...args],
    {
      env: { PATH: process.env.PATH ?? '', FLOWWIRE_URL: server.url, FLOWWIRE_KEY: key },
      timeout: 20_000,
    },
  );
  running.child.stdin?.end();
  return running;
}

test('the astron example publishes a flow, chats, and goes on with the answer that it is given', async () => {
  const { stdout, stderr } = await run('astron-chat', ['calzone', 'B']);
  expect(stderr).toBe('');
  expect(stdout).toMatch(
    /^wf_\w+ is published\.\n\nA calzone\. Which size\?\n {2}A {2}Small\n {2}B {2}Large\n/,
  );
  expect(stdout).toMatch(/\nYour large calzone is ready in a quarter of an hour\.\n$/);
});

test('the astron example takes the first option where nobody can be asked', async () => {
  const { stdout } = await run('astron-chat', []);
  expect(stdout).toMatch(/\nYour small pizza is ready in ten minutes\.\n$/);
});

test('the astron example says what is wrong with an answer that is no option', async () => {
  await expect(run('astron-chat', ['pizza', 'X'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the options are A, B'),
  });
});

test('the mandas example follows three agents, and shows what each of them has found', async () => {
  const { stdout, stderr } = await run('mandas-agents', []);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^run_\w+ works in the background\.\n/);
  expect(stdout).toContain('3. Reporter is done after');
  expect(stdout.match(/^(Analyst|Summariser|Reporter): \{/gm)).toHaveLength(3);
  expect(stdout).toMatch(/\nCOMPLETED, \d+ tokens: \{\s+result: /);
});

test.each(['astron-chat', 'mandas-agents'])(
  '%s says what is wrong when its key is not valid',
  async (example) => {
    await expect(run(example, [], 'fw_wrong')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is this its key?'),
    });
  },
);
