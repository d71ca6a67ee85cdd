import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events.ts';
import { type CodeJob, createCodeSandbox } from './sandbox.ts';

const sandbox = createCodeSandbox({ maxWorkers: 2 });
afterAll(() => sandbox.close());
const never = new AbortController().signal;

const job = (source: string, inputs: JsonObject = {}, timeoutMs = 1_000, memoryLimitMb = 32): CodeJob => ({
  language: 'javascript',
  source,
  inputs,
  timeoutMs,
  memoryLimitMb,
});
const run = async (...args: Parameters<typeof job>) => (await sandbox.run(job(...args), never)).outputs;

test('main receives the inputs and its object becomes the outputs', async () => {
  const source =
    'function main({ a, list }) { console.log(a); return { sum: list.reduce((x, y) => x + y, a) } }';
  expect(await run(source, { a: 1, list: [2, 3] })).toEqual({ sum: 6 });
});

test('what the code prints is its logs', async () => {
  const { logs } = await sandbox.run(
    job(
      'function main(inputs) { console.log("a", { b: 1 }, 2n, [undefined]); console.error(inputs); return {} }',
      {
        x: '\u{1F600}',
      },
    ),
    never,
  );
  expect(logs).toBe('a {"b":1} 2 [null]\n{"x":"\u{1F600}"}\n');
});

describe('main gets its inputs by the shape of its parameters', () => {
  const inputs = { a: 1, b: 2 };
  test.each([
    ['function main(inputs) { return { got: inputs } }', inputs],
    ['function main(args) { return { got: args } }', inputs],
    ['function main(anything) { return { got: anything } }', inputs],
    ['function main({ a, b }) { return { got: [a, b] } }', [1, 2]],
    ['function main({ a = ")", ...rest } = {}) { return { got: rest } }', { b: 2 }],
    ['function main(b) { return { got: b } }', 2],
    ['const main = b => ({ got: b })', 2],
    ['const main = async (b, a) => ({ got: [b, a] })', [2, 1]],
    ['async function main(b /* , a */, a = "x)", c) { return { got: [a, b, c ?? null] } }', [1, 2, null]],
    ['function main(b, constructor) { return { got: [b, constructor ?? null] } }', [2, null]],
    ['function main() { return { got: arguments[0] } }', inputs],
    ['function main(...all) { return { got: all } }', [inputs]],
    ['const main = Function.prototype.bind.call(function (b) { return { got: b } }, null)', inputs],
  ])('%s', async (source, got) => {
    expect(await run(source, inputs)).toEqual({ got });
  });
});

test('values that JSON does not have are left out or null', async () => {
  const source =
    'function main() { return { n: NaN, i: -Infinity, u: undefined, f() {}, s: Symbol("s"), d: new Date(0) } }';
  expect(await run(source)).toEqual({ n: null, i: null, d: '1970-01-01T00:00:00.000Z' });
});

test('a __proto__ key is a key and nothing else', async () => {
  const outputs = await run(`function main() { return JSON.parse('{"__proto__": {"polluted": 1}}') }`);
  expect(Object.keys(outputs)).toEqual(['__proto__']);
  expect('polluted' in {}).toBe(false);
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
    ['a BigInt', 'function main() { return { n: 1n } }', 'code_failed', /BigInt/],
    [
      'too many levels',
      'function main() { let o = {}; for (let i = 0; i < 250; i++) o = { o }; return o }',
      'invalid_outputs',
      /200 levels/,
    ],
    [
      'toJSON of another kind',
      'function main() { return { toJSON: () => [1] } }',
      'invalid_outputs',
      /object/,
    ],
    [
      'a proxy that throws',
      'function main() { return new Proxy({}, { ownKeys() { throw new Error("no keys") } }) }',
      'code_failed',
      /no keys/,
    ],
    [
      'a thenable that never settles',
      'function main() { return new Promise((r) => r({ then() {} })) }',
      'code_failed',
      /never settle/,
    ],
    [
      'printing without end',
      'function main() { for (;;) console.log("x".repeat(100)) }',
      'output_too_large',
      /65536/,
    ],
    [
      'printing without end, caught',
      'function main() { for (;;) try { console.log("x".repeat(100)) } catch {} }',
      'output_too_large',
      /65536/,
    ],
    [
      'printing in an endless chain',
      'async function main() { for (;;) { console.log("x".repeat(100)); await null } }',
      'output_too_large',
      /65536/,
    ],
    [
      'printing too much',
      'function main() { console.log("x".repeat(70000)); return {} }',
      'output_too_large',
      /65536/,
    ],
    ['no main', 'const x = 1', 'code_failed', /no function main/],
    ['an array', 'function main() { return [1] }', 'invalid_outputs', /object/],
    ['nothing', 'function main() {}', 'invalid_outputs', /object/],
    ['null', 'function main() { return null }', 'invalid_outputs', /object/],
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
