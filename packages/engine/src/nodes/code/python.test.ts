import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../events.ts';
import { type CodeJob, createCodeSandbox } from './sandbox.ts';

const sandbox = createCodeSandbox({ maxWorkers: 1 });
beforeAll(() => run('def main(): return {}'));
afterAll(() => sandbox.close());
const never = new AbortController().signal;

const job = (source: string, inputs: JsonObject = {}, timeoutMs = 3_000, memoryLimitMb = 128): CodeJob => ({
  language: 'python',
  source,
  inputs,
  timeoutMs,
  memoryLimitMb,
});
const run = async (...args: Parameters<typeof job>) => (await sandbox.run(job(...args), never)).outputs;

test('main receives the inputs, prints logs, and its dict becomes the outputs', async () => {
  const source = `
import sys
def main(text: str, n: int = 2) -> dict:
    print("字", [text])
    print("oops", file=sys.stderr)
    return {"words": text.split() * n}
`;
  expect(await sandbox.run(job(source, { text: 'a b' }), never)).toEqual({
    outputs: { words: ['a', 'b', 'a', 'b'] },
    logs: "字 ['a b']\noops\n",
  });
});

describe('main gets its inputs by the shape of its parameters', () => {
  const inputs = { a: 1, b: 2 };
  test.each([
    ['def main(inputs): return {"got": inputs}', inputs],
    ['def main(args): return {"got": args}', inputs],
    ['def main(anything): return {"got": anything}', inputs],
    ['def main(b): return {"got": b}', 2],
    ['def main(b, a=7, c=3): return {"got": [b, a, c]}', [2, 1, 3]],
    ['def main(a, /, *, b): return {"got": [a, b]}', [1, 2]],
    ['def main(**all): return {"got": all}', inputs],
    ['def main(a, **rest): return {"got": rest}', { b: 2 }],
    ['def main(*all): return {"got": all}', [inputs]],
    ['def main(): return {"got": 0}', 0],
    ['main = lambda b, a: {"got": [b, a]}', [2, 1]],
    ['async def main(a): return {"got": a}', 1],
    ['class Main:\n  def __call__(self, b): return {"got": b}\nmain = Main()', 2],
  ])('%s', async (source, got) => {
    expect(await run(source, inputs)).toEqual({ got });
  });
});

test('coroutines, timers and asyncio.run work', async () => {
  const source = `
import asyncio
async def part(n):
    await asyncio.sleep(0.01)
    return n
async def main():
    return {"parts": await asyncio.gather(part(1), part(2)), "loop": type(asyncio.get_running_loop()).__name__}
`;
  expect(await run(source)).toEqual({ parts: [1, 2], loop: 'Loop' });
  expect(await run(`${source}\nwait = main\ndef main(): return asyncio.run(wait())`)).toMatchObject({
    parts: [1, 2],
  });
});

test('the standard library is there, and values become JSON', async () => {
  const source = `
import collections, datetime, decimal, enum, re, uuid, dataclasses, statistics, sqlite3, random
class Colour(enum.Enum): RED = "red"
Point = collections.namedtuple("Point", "x y")
def main():
    return {
        "set": {1}, "tuple": (1, None), "point": Point(1, 2), "day": datetime.date(2026, 1, 2),
        "money": decimal.Decimal("1.50"), "colour": Colour.RED, "nan": float("nan"), "inf": float("inf"),
        "keys": {1: 1, None: 2, True: 3, 1.5: 4}, "lone": "\\ud800", "big": 2**53 - 1,
        "sql": sqlite3.connect(":memory:").execute("select 1 + 1").fetchone(),
        "counted": collections.Counter("aab"),
    }
`;
  expect(await run(source)).toEqual({
    set: [1],
    tuple: [1, null],
    point: [1, 2],
    day: '2026-01-02',
    money: '1.50',
    colour: 'red',
    nan: null,
    inf: null,
    keys: { 1: 3, null: 2, '1.5': 4 },
    lone: '?',
    big: 2 ** 53 - 1,
    sql: [2],
    counted: { a: 2, b: 1 },
  });
});

test('random numbers and ids differ from job to job', async () => {
  const source =
    'import random, uuid, os\ndef main(): return {"n": [random.random(), str(uuid.uuid4()), os.urandom(8).hex()]}';
  expect(await run(source)).not.toEqual(await run(source));
});

const FAILURES: readonly (readonly [name: string, source: string, code: string, message: RegExp])[] = [
  ['an endless loop', 'def main():\n  while True: pass', 'node_timed_out', /time/],
  [
    'an endless loop that catches everything',
    'def main():\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass',
    'node_timed_out',
    /time/,
  ],
  ['an endless loop at the top', 'while True: pass', 'node_timed_out', /time/],
  ['a loop of C code', 'def main(): return {"n": sum(range(10**12))}', 'node_timed_out', /time/],
  ['a huge power', 'def main(): return {"n": 10 ** 10 ** 9}', '', /./],
  ['a long sleep', 'import time\ndef main(): time.sleep(60)', 'node_timed_out', /time/],
  [
    'a long asynchronous sleep',
    'import asyncio\nasync def main(): await asyncio.sleep(60)',
    'node_timed_out',
    /time/,
  ],
  [
    'waiting for nothing',
    'import asyncio\nasync def main(): await asyncio.Future()',
    'code_failed',
    /never happen/,
  ],
  [
    'an allocation bomb',
    'def main():\n  x = []\n  while True: x.append("x" * 1000000)',
    'code_memory_limit',
    /memory/,
  ],
  ['one huge allocation', 'def main(): return {"n": len(bytearray(10**9))}', 'code_memory_limit', /memory/],
  ['deep recursion', 'def main(): return main()', 'code_failed', /RecursionError.*line 1/],
  [
    'recursion without a limit',
    'import sys\nsys.setrecursionlimit(10**9)\ndef main(): return main()',
    'code_',
    /./,
  ],
  ['deeply nested source', `def main(): return ${'['.repeat(5000)}${']'.repeat(5000)}`, 'code_failed', /./],
  [
    'deeply nested output',
    'def main():\n  o = {}\n  for i in range(100000): o = {"o": o}\n  return o',
    'code_failed',
    /nests too deeply/,
  ],
  [
    'too many levels',
    'def main():\n  o = {}\n  for i in range(250): o = {"o": o}\n  return o',
    'invalid_outputs',
    /200 levels/,
  ],
  ['a cycle', 'def main():\n  o = {}\n  o["o"] = o\n  return o', 'invalid_outputs', /circular/],
  ['a huge output', 'def main(): return {"text": "x" * 300_000}', 'output_too_large', /262144/],
  [
    'a huge output of wide characters',
    'def main(): return {"text": "字" * 100_000}',
    'output_too_large',
    /262144/,
  ],
  ['very many values', 'def main(): return {"many": [0] * 400_000}', 'output_too_large', /./],
  ['printing without end', 'def main():\n  while True: print("x" * 100)', 'output_too_large', /65536/],
  [
    'printing without end, caught',
    'def main():\n  while True:\n    try: print("x" * 100)\n    except BaseException: pass',
    'output_too_large',
    /65536/,
  ],
  [
    'writing to file 1 without end',
    'import os\ndef main():\n  while True: os.write(1, b"x" * 100)',
    'output_too_large',
    /65536/,
  ],
  ['a syntax error', 'def main(:\n  pass', 'code_failed', /SyntaxError.*line 1/],
  ['an error in line 3', 'def main():\n  a = {}\n  return a["b"]', 'code_failed', /KeyError: 'b' \(line 3\)/],
  ['no main', 'x = 1', 'code_failed', /no function main/],
  ['a main that is no function', 'main = 1', 'code_failed', /no function main/],
  ['a list', 'def main(): return [1]', 'invalid_outputs', /dict, not a value of type list/],
  ['nothing', 'def main(): pass', 'invalid_outputs', /dict, not None/],
  ['a generator', 'def main(): yield 1', 'invalid_outputs', /dict, not a value of type generator/],
  [
    'a generator inside',
    'def main(): return {"g": (x for x in [])}',
    'invalid_outputs',
    /\/g is a value of type generator/,
  ],
  ['bytes', 'def main(): return {"b": b"x"}', 'invalid_outputs', /\/b is a value of type bytes/],
  ['a key that is a tuple', 'def main(): return {(1, 2): 3}', 'invalid_outputs', /keys are texts/],
  [
    'an integer beyond 2**53',
    'def main(): return {"a": [2**53]}',
    'invalid_outputs',
    /\/a\/0 is an integer beyond/,
  ],
  ['an integer beyond any text', 'def main(): return {"a": 10 ** 5000}', 'invalid_outputs', /integer beyond/],
  ['an unknown parameter', 'def main(a, b): return {}', 'code_failed', /main wants a/],
  ['leaving', 'import sys\ndef main(): sys.exit(3)', 'code_failed', /SystemExit: 3/],
  ['leaving the hard way', 'import os\ndef main(): os._exit(3)', 'code_failed', /stopped/],
  ['aborting', 'import os\ndef main(): os.abort()', 'code_failed', /stopped/],
  [
    'an error that cannot be told',
    'class E(Exception):\n  def __str__(self): raise self\ndef main(): raise E',
    'code_failed',
    /cannot be told/,
  ],
  [
    'an error whose text has no end',
    'class E(Exception):\n  def __str__(self):\n    while True: pass\ndef main(): raise E',
    'node_timed_out',
    /time/,
  ],
  [
    'a dict that lies',
    'class D(dict):\n  def items(self): return 1\ndef main(): return D()',
    'code_failed',
    /TypeError/,
  ],
  [
    'answers of its own',
    'import os\ndef main():\n  os.write(1000, b"[1, ")\n  return {}',
    'invalid_outputs',
    /object/,
  ],
  [
    'a failure of its own',
    'import os\ndef main():\n  os.write(1001, b\'{"code": "x", "message": null}\')\n  return {}',
    'code_failed',
    /null/,
  ],
  ['broken output streams', 'import sys\nsys.stdout.close()\ndef main(): return {}', 'code_failed', /closed/],
];

describe('a hostile job fails with a clear error and leaves the sandbox healthy', () => {
  test.each(FAILURES)('%s', async (_name, source, code, message) => {
    const failed = run(source, {}, code === 'node_timed_out' || code === '' ? 400 : 5_000);
    await expect(failed).rejects.toMatchObject({
      name: 'NodeError',
      code: expect.stringContaining(code),
      message: expect.stringMatching(message),
    });
    expect(await run('def main(): return {"alive": True}')).toEqual({ alive: true });
  });
});

test('less memory than Python needs is refused with advice', async () => {
  await expect(run('def main(): return {}', {}, 1_000, 32)).rejects.toMatchObject({
    code: 'code_memory_limit',
    message: expect.stringContaining('64 MB'),
  });
});

test('memory that a job took is given back', async () => {
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 3; round++) {
    await expect(
      run('def main():\n  x = []\n  while True: x.append("x" * 1000000)', {}, 5_000, 256),
    ).rejects.toMatchObject({
      code: 'code_memory_limit',
    });
  }
  await run('def main(): return {}');
  await expect
    .poll(() => process.memoryUsage.rss() - before, { timeout: 10_000 })
    .toBeLessThan(200 * 1024 * 1024);
});
