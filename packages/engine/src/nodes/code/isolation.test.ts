import { afterAll, describe, expect, test } from 'vitest';
import { type CodeJob, createCodeSandbox } from './sandbox.ts';

const sandbox = createCodeSandbox({ maxWorkers: 1 });
afterAll(() => sandbox.close());
const never = new AbortController().signal;

const run = async (language: CodeJob['language'], source: string, isolationKey: string) => {
  const job = { language, source, inputs: {}, timeoutMs: 5_000, memoryLimitMb: 128, isolationKey };
  return (await sandbox.run(job, never)).outputs;
};

// What one job leaves behind, and what another one would see of it.
const TRACES: readonly (readonly [
  name: string,
  language: CodeJob['language'],
  leave: string,
  look: string,
])[] = [
  ['a global', 'javascript', 'globalThis.secret = 1', 'typeof secret'],
  ['a patched prototype', 'javascript', 'Object.prototype.secret = 1', 'String({}.secret)'],
  [
    'a patched built-in',
    'javascript',
    'JSON.stringify = () => "{}"; Array.prototype.map = 1',
    'typeof [].map',
  ],
  [
    'a registered symbol',
    'javascript',
    'Symbol.for("s").description; Symbol.prototype.secret = 1',
    'String(Symbol.for("s").secret)',
  ],
  ['a patched console', 'javascript', 'console = { log: 1 }', 'typeof console.log'],
  [
    'a pending promise',
    'javascript',
    'Promise.resolve().then(function again() { globalThis.late = 1 })',
    'typeof late',
  ],
  ['a global', 'python', 'globals()["secret"] = 1', 'str("secret" in globals())'],
  [
    'a builtin',
    'python',
    'import builtins; builtins.secret = 1; builtins.len = lambda x: 7',
    'str([hasattr(__builtins__, "secret"), len([])])',
  ],
  [
    'a module',
    'python',
    'import sys, types; sys.modules["secret"] = types.ModuleType("secret")',
    'str("secret" in __import__("sys").modules)',
  ],
  [
    'a patched module',
    'python',
    'import json, random; json.dumps = lambda *a, **k: "{}"; random.seed = None',
    'type(__import__("random").seed).__name__',
  ],
  [
    'an import hook',
    'python',
    'import sys; sys.meta_path.insert(0, 1); sys.path_hooks.append(1)',
    'str(__import__("sys").meta_path)',
  ],
  ['a path', 'python', 'import sys; sys.path.append("/secret")', 'str(__import__("sys").path)'],
  [
    'the environment',
    'python',
    'import os; os.environ["SECRET"] = "1"; os.putenv("S", "1")',
    'str(dict(__import__("os").environ))',
  ],
  [
    'a subclass',
    'python',
    'class Secret: pass',
    'str([c.__name__ for c in object.__subclasses__() if c.__name__ == "Secret"])',
  ],
  [
    'an attribute of a class',
    'python',
    'import decimal; decimal.secret = 1',
    'str(hasattr(__import__("decimal"), "secret"))',
  ],
  [
    'an open file',
    'python',
    'import os; os.open("/lib/python314.zip", os.O_RDONLY)',
    'str(__import__("os").open("/lib", 0))',
  ],
  [
    'a trace function',
    'python',
    'import sys; sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)',
    'str(__import__("sys").gettrace())',
  ],
  [
    'a recursion limit',
    'python',
    'import sys; sys.setrecursionlimit(77)',
    'str(__import__("sys").getrecursionlimit())',
  ],
  [
    'an exit handler',
    'python',
    'import atexit; atexit.register(print)',
    'str(__import__("atexit")._ncallbacks())',
  ],
  [
    'a replaced output',
    'python',
    'import sys, io; sys.stdout = sys.__stdout__ = io.StringIO()',
    'type(__import__("sys").stdout).__name__',
  ],
  [
    'a context variable',
    'python',
    'import decimal; decimal.getcontext().prec = 3',
    'str(__import__("decimal").getcontext().prec)',
  ],
];

const source = (language: CodeJob['language'], before: string, value: string) =>
  language === 'javascript'
    ? `${before}\nfunction main() { return { seen: ${value} } }`
    : `${before}\ndef main(): return {"seen": ${value}}`;

describe.each(['the same', 'another'])('a job of %s tenant sees nothing of', (whose) => {
  test.each(TRACES)('%s (%s)', async (_name, language, leave, look) => {
    const clean = await run(language, source(language, '', look), 'judge');
    // The trace is real: the job that leaves it may or may not end well.
    await run(language, source(language, leave, '0'), 'a').catch(() => undefined);
    expect(await run(language, source(language, '', look), whose === 'another' ? 'b' : 'a')).toEqual(clean);
  });
});

test('a name of one job that is no memory of the next: freed memory is wiped', async () => {
  const secret = 'sEcReT-of-a';
  await run('python', source('python', `kept = ["${secret}" * 1000 for _ in range(1000)]`, '0'), 'a');
  const look = `str(any("${secret.slice(0, 6)}" + "-of-a" in str(o) for o in __import__("gc").get_objects() if type(o) is list))`;
  expect(await run('python', source('python', '', look), 'a')).toEqual({ seen: 'False' });
});
