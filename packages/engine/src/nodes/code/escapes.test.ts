import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseTemplate, renderTemplate } from '../jinja.ts';
import { JAVASCRIPT, PYTHON, TEMPLATE_BOMBS, TEMPLATES } from './escape-attempts.ts';
import { type CodeJob, createCodeSandbox } from './sandbox.ts';

// What an escape would find: a file, a variable of the environment, and a port that listens.
const SECRET = 'the-secret-of-the-host';
const folder = mkdtempSync(join(tmpdir(), 'escape-'));
const file = join(folder, 'secret.txt');
const written = join(folder, 'written.txt');
let connections = 0;
const server = createServer((socket) => {
  connections++;
  socket.destroy();
});
let port = 0;
const sandbox = createCodeSandbox({ maxWorkers: 1 });

beforeAll(async () => {
  writeFileSync(file, SECRET);
  process.env.ESCAPE_SECRET = SECRET;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
beforeEach(() => {
  connections = 0;
});
afterAll(async () => {
  delete process.env.ESCAPE_SECRET;
  server.close();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

/** Runs code that tries; answers all that it brought home. */
async function attempt(language: CodeJob['language'], source: string): Promise<string> {
  const inputs = { file, written, port, folder };
  const job = { language, source, inputs, timeoutMs: 1_500, memoryLimitMb: 128 };
  try {
    return JSON.stringify(await sandbox.run(job, new AbortController().signal));
  } catch (error) {
    return String(error);
  }
}

function expectNothingReached(said: string): void {
  expect(said).not.toContain(SECRET);
  expect(said).not.toContain('ESCAPED');
  expect(existsSync(written)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe(SECRET);
  expect(connections).toBe(0);
}

describe('JavaScript does not get out', () => {
  test.each(JAVASCRIPT)('%s', async (_name, source) =>
    expectNothingReached(await attempt('javascript', source)),
  );
});

describe('Python does not get out', () => {
  test.each(PYTHON)('%s', async (_name, source) => expectNothingReached(await attempt('python', source)));
});

test.each(['javascript', 'python'] as const)('after all of that %s still works', async (language) => {
  const source =
    language === 'python' ? 'def main(): return {"ok": 1}' : 'function main() { return { ok: 1 } }';
  expect(await attempt(language, source)).toBe('{"outputs":{"ok":1},"logs":""}');
});

test('the table can fail: code that is given the secret does bring it home', async () => {
  const source = `def main(): return {"got": "${SECRET}"}`;
  expect(await attempt('python', source)).toContain(SECRET);
});

/** Templates run in this process, so they must not even see what its objects are made of. */
describe('templates do not get out', () => {
  const render = (template: string): string => {
    try {
      return renderTemplate(parseTemplate(template), { x: { a: 1 }, list: [1], text: 'abc' }, 500);
    } catch (error) {
      return String(error);
    }
  };
  test.each(TEMPLATES)('%s', (template) => {
    const said = render(template);
    expectNothingReached(said);
    expect(said).not.toMatch(/native code|\[object |function\s*\(|=>/);
    expect('polluted' in {}).toBe(false);
  });

  test.each(TEMPLATE_BOMBS)('within its limits: %s', (template) => {
    const begun = process.cpuUsage();
    expect(render(template).length).toBeLessThanOrEqual(1024 * 1024);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(3_000);
  });
});
