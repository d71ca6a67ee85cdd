import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events.ts';
import { createCodeSandbox } from './sandbox.ts';

const sandbox = createCodeSandbox({ maxWorkers: 2 });
afterAll(() => sandbox.close());
const never = new AbortController().signal;

const run = (source: string, inputs: JsonObject = {}, timeoutMs = 1_000, memoryLimitMb = 32) =>
  sandbox.run({ source, inputs, timeoutMs, memoryLimitMb }, never);

test('main receives the inputs and its object becomes the outputs', async () => {
  const source =
    'function main({ a, list }) { console.log(a); return { sum: list.reduce((x, y) => x + y, a) } }';
  expect(await run(source, { a: 1, list: [2, 3] })).toEqual({ sum: 6 });
});

test('a promise is awaited', async () => {
  expect(
    await run('async function main() { await null; return { done: await Promise.resolve(true) } }'),
  ).toEqual({
    done: true,
  });
});

test('one job sees nothing of another', async () => {
  await run('globalThis.secret = 1; function main() { return {} }');
  expect(await run('function main() { return { seen: typeof secret } }')).toEqual({ seen: 'undefined' });
});

test('there is no process, network, file system, module or timer', async () => {
  const names = [
    'process',
    'require',
    'fetch',
    'setTimeout',
    'Buffer',
    'WebAssembly',
    'XMLHttpRequest',
    'Worker',
  ];
  const outputs = await run(
    `function main({ names }) { return { found: names.filter((n) => n in globalThis) } }`,
    {
      names,
    },
  );
  expect(outputs).toEqual({ found: [] });
  await expect(run(`async function main() { return await import('node:fs') }`)).rejects.toThrow();
});

describe('a hostile job fails with a clear error and leaves the sandbox healthy', () => {
  test.each([
    ['an endless loop', 'function main() { for (;;); }', 'node_timed_out', /out of time/],
    [
      'an endless chain of promises',
      'async function main() { for (;;) await null; }',
      'node_timed_out',
      /time/,
    ],
    [
      'a promise that never settles',
      'function main() { return new Promise(() => {}) }',
      'code_failed',
      /never settle/,
    ],
    [
      'a memory bomb of arrays',
      'function main() { const a = []; for (;;) a.push(new Array(1000).fill(1)) }',
      '',
      /memory|time/,
    ],
    [
      'a memory bomb of objects',
      'function main() { const a = []; for (;;) a.push({}) }',
      'code_memory_limit',
      /memory/,
    ],
    [
      'a memory bomb of text',
      'function main() { let s = "x"; for (;;) s += s + Math.random(); }',
      'code_',
      /./,
    ],
    ['a huge typed array', 'function main() { return { n: new Uint8Array(1 << 30).length } }', 'code_', /./],
    [
      'deep recursion',
      'function main() { const f = () => f() + 1; return { n: f() } }',
      'code_failed',
      /stack/i,
    ],
    [
      'deeply nested source',
      `function main() { return ${'['.repeat(20_000)}${']'.repeat(20_000)} }`,
      'code_failed',
      /./,
    ],
    [
      'deeply nested output',
      'function main() { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o }',
      '',
      /./,
    ],
    [
      'a huge output',
      'function main() { return { text: "x".repeat(300 * 1024) } }',
      'output_too_large',
      /262144/,
    ],
    [
      'a huge output of wide characters',
      'function main() { return { text: "字".repeat(100 * 1024) } }',
      'output_too_large',
      /262144/,
    ],
    ['a syntax error', 'function main( { return {} }', 'code_failed', /SyntaxError.*line 1/],
    [
      'an error in line 3',
      'function main() {\n  const a = 1;\n  return a.b.c;\n}',
      'code_failed',
      /TypeError.*line 3/,
    ],
    ['no main', 'const x = 1', 'code_failed', /no function main/],
    ['an array', 'function main() { return [1] }', 'code_failed', /object/],
    ['nothing', 'function main() {}', 'code_failed', /object/],
    ['null', 'function main() { return null }', 'code_failed', /object/],
    ['a cycle', 'function main() { const a = {}; a.a = a; return a }', 'code_failed', /circular/i],
    ['a thrown null', 'function main() { throw null }', 'code_failed', /thrown: null/],
    ['a thrown number', 'function main() { throw 7 }', 'code_failed', /thrown: 7/],
    ['a thrown symbol', 'function main() { throw Symbol("x") }', 'code_failed', /symbol/],
    [
      'a thrown object with a hostile getter',
      'function main() { throw { get message() { throw 1 } } }',
      'code_failed',
      /object/,
    ],
    [
      'a thrown object with an endless getter',
      'function main() { throw { get message() { for (;;); } } }',
      'node_timed_out',
      /time/,
    ],
    [
      'a thrown proxy',
      'function main() { throw new Proxy({}, { get() { throw 1 } }) }',
      'code_failed',
      /object/,
    ],
    ['an endless toJSON', 'function main() { return { toJSON() { for (;;); } } }', 'node_timed_out', /time/],
    [
      'a rejected promise',
      'async function main() { throw new RangeError("no") }',
      'code_failed',
      /RangeError: no/,
    ],
    [
      'replaced globals',
      'JSON.stringify = () => "boo"; JSON.parse = null; function main() { throw new Error("own") }',
      'code_failed',
      /own/,
    ],
  ])('%s', async (_name, source, code, message) => {
    const failed = run(source, {}, code === 'code_memory_limit' ? 10_000 : 400);
    await expect(failed).rejects.toMatchObject({
      name: 'NodeError',
      message: expect.stringMatching(message),
    });
    await expect(failed).rejects.toMatchObject({ code: expect.stringContaining(code) });
    expect(await run('function main() { return { alive: true } }')).toEqual({ alive: true });
  });
});

test('a signal stops a busy job within a second, and those that wait leave the queue', async () => {
  const single = createCodeSandbox({ maxWorkers: 1 });
  const busy = new AbortController();
  const loop = { source: 'function main() { for (;;); }', inputs: {}, timeoutMs: 60_000, memoryLimitMb: 32 };
  await single.run({ ...loop, source: 'function main() { return {} }' }, never);
  const running = single.run(loop, busy.signal);
  const leaves = new AbortController();
  const leaving = single.run(loop, leaves.signal);
  const waiting = single.run({ ...loop, source: 'function main() { return { ok: 1 } }' }, never);
  leaves.abort(new Error('left'));
  await expect(leaving).rejects.toThrow('left');
  const stoppedAt = performance.now();
  busy.abort(new Error('stop'));
  await expect(running).rejects.toThrow('stop');
  expect(performance.now() - stoppedAt).toBeLessThan(1_000);
  expect(await waiting).toEqual({ ok: 1 });
  await single.close();
});
