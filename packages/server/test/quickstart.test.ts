import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const PROGRAM = fileURLToPath(new URL('../../../examples/quickstart/src/main.ts', import.meta.url));

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const run = (environment: Readonly<Record<string, string>>) =>
  promisify(execFile)(process.execPath, ['--conditions=@flowwire/source', '--import', 'tsx', PROGRAM], {
    env: { PATH: process.env.PATH ?? '', FLOWWIRE_URL: server.url, ...environment },
    timeout: 20_000,
  });

test('the quickstart streams the review of its text file, and tells progress apart from the text', async () => {
  const { stdout, stderr } = await run({ FLOWWIRE_KEY: server.key });
  expect(stdout).toMatch(/^Wish: Make it fit a post as platform engineer\n\nSkills:\n- /);
  expect(stdout).toContain('\nReview: ');
  expect(stdout).toMatch(/succeeded: \d+ nodes in [\d.]+ s/);
  expect(stdout).toContain("model: 'offline'");
  expect(stderr).toMatch(/\[\d+% · Name the skills\]/);
});

test('the quickstart says what is wrong when its key is not valid', async () => {
  await expect(run({ FLOWWIRE_KEY: 'fw_wrong' })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is this its key?'),
  });
});
