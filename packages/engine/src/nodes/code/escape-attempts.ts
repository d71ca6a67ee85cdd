// What escapes.test.ts tries. `ESCAPED` in an answer means that something was reached.

/** Tries everything with what an expression gave, should it be a host's `process`. */
const withProcess = (expression: string): string => `
function main({ file, written, port }) {
  const got = ${expression};
  if (got?.env?.ESCAPE_SECRET) return { got: got.env.ESCAPE_SECRET };
  if (got?.binding || got?.mainModule || got?.versions) return { got: 'ESCAPED' };
  return { got: String(got) };
}`;

/** Sources that try to get out, by what they try. Their inputs are `file`, `written`, `port` and `folder`. */
export const JAVASCRIPT: readonly (readonly [name: string, source: string])[] = [
  ['process', withProcess('process')],
  ['constructor.constructor', withProcess(`({}).constructor.constructor('return process')()`)],
  ['the constructor of an input', withProcess(`arguments[0].constructor.constructor('return process')()`)],
  ['the constructor of console.log', withProcess(`console.log.constructor('return process')()`)],
  ['the constructor of an async function', withProcess(`(async () => {}).constructor('return process')()`)],
  [
    'the constructor of a generator',
    withProcess(`(function* () {}).constructor('return process')().next().value`),
  ],
  ['Function', withProcess(`Function('return this.process')()`)],
  ['indirect eval', withProcess(`(0, eval)('globalThis.process')`)],
  ['this of a sloppy function', withProcess('(function () { return this.process })()')],
  ['caller and arguments', withProcess('(function f() { return f.caller?.arguments?.[0]?.process })()')],
  ['require', `function main({ file }) { return { got: require('fs').readFileSync(file, 'utf8') } }`],
  ['process.binding', `function main() { return { got: process.binding('fs') ? 'ESCAPED' : '' } }`],
  [
    'import()',
    `async function main({ file }) { return { got: (await import('node:fs')).readFileSync(file, 'utf8') } }`,
  ],
  ['import() of a file', `async function main({ file }) { return { got: String(await import(file)) } }`],
  [
    'import() of a data URL',
    `async function main() { return { got: (await import('data:text/javascript,export default "ESC" + "APED"')).default } }`,
  ],
  [
    'import() in eval',
    `async function main({ file }) { return { got: (await eval("import('fs')")).readFileSync(file, 'utf8') } }`,
  ],
  [
    'a static import',
    `import fs from 'node:fs'; function main({ file }) { return { got: fs.readFileSync(file, 'utf8') } }`,
  ],
  ['import.meta', `function main() { return { got: import.meta.url + 'ESCAPED' } }`],
  [
    'Error.prepareStackTrace',
    `
    Error.prepareStackTrace = (_, frames) => frames.map((f) => f.getThis?.()?.process ?? f.getFunction?.()?.constructor?.('return process')());
    function main() { const got = new Error('x').stack; return { got: got?.[0]?.env?.ESCAPE_SECRET ?? String(got) } }`,
  ],
  [
    'a stack overflow caught near the host',
    `
    function main() { let e; const f = () => { try { f() } catch (error) { e = error } }; f();
      return { got: String(e?.constructor?.constructor?.('return typeof process')()).replace('object', 'ESCAPED') } }`,
  ],
  [
    'WebAssembly',
    `function main() { return { got: new WebAssembly.Memory({ initial: 1 }) ? 'ESCAPED' : '' } }`,
  ],
  [
    'SharedArrayBuffer and Atomics.wait',
    `function main() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9); return {} }`,
  ],
  ['Worker', `function main() { new Worker('data:,'); return { got: 'ESCAPED' } }`],
  [
    'fetch',
    `async function main({ port }) { await fetch('http://127.0.0.1:' + port); return { got: 'ESCAPED' } }`,
  ],
  [
    'XMLHttpRequest and WebSocket',
    `function main({ port }) { new WebSocket('ws://127.0.0.1:' + port); return { got: 'ESCAPED' } }`,
  ],
  [
    'names of Emscripten',
    `function main() { return { got: [typeof Module, typeof FS, typeof print, typeof std, typeof os, typeof scriptArgs].join().replace(/object|function/g, 'ESCAPED') } }`,
  ],
  [
    'every global there is',
    `function main({ file }) {
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      const it = globalThis[name];
      try { if (it?.env || it?.readFileSync || it?.mainModule) return { got: 'ESCAPED ' + name } } catch {}
    }
    return {} }`,
  ],
  [
    'a getter on what console.log formats',
    `function main() {
    let got = ''; console.log({ get x() { got += (function () { return typeof this?.process })(); return 1 } });
    return { got: got.replace('object', 'ESCAPED') } }`,
  ],
  [
    'toJSON called by the host',
    `function main() { return { toJSON() { return { got: typeof this.constructor.constructor('return globalThis.process')() === 'object' ? 'ESCAPED' : '' } } } }`,
  ],
  [
    'a replaced prelude',
    `
    Object.hasOwn = Reflect.apply = RegExp.prototype.exec = (f, t, a) => ({ env: 'x' });
    String.prototype.slice = () => { throw 1 }; Array.prototype[Symbol.iterator] = null;
    function main() { return { got: 1 } }`,
  ],
  [
    'a proxy as the answer',
    `function main() { return new Proxy({}, { get: (t, k, r) => { throw r }, ownKeys: () => ['constructor'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }) }`,
  ],
];

export const PYTHON: readonly (readonly [name: string, source: string])[] = [
  ['import js', 'import js\ndef main(): return {"got": "ESCAPED"}'],
  ['from js import process', 'from js import process\ndef main(): return {"got": process.env.ESCAPE_SECRET}'],
  [
    'pyodide.code.run_js',
    'from pyodide.code import run_js\ndef main(): return {"got": run_js("process.env.ESCAPE_SECRET")}',
  ],
  ['pyodide_js', 'import pyodide_js\ndef main(): return {"got": "ESCAPED"}'],
  ['pyodide.ffi', 'import pyodide.ffi\ndef main(): return {"got": "ESCAPED"}'],
  [
    'pyodide.http',
    'from pyodide.http import open_url\ndef main(port): return {"got": open_url(f"http://127.0.0.1:{port}").read()}',
  ],
  ['micropip', 'import micropip\ndef main(): return {"got": "ESCAPED"}'],
  ['sys.modules', 'import sys\ndef main(): return {"got": sys.modules["js"].process.env.ESCAPE_SECRET}'],
  [
    'the core made anew',
    `
import _imp, importlib.machinery as m
def main():
    core = _imp.create_builtin(m.ModuleSpec("_pyodide_core", None))
    _imp.exec_builtin(core)
    return {"got": [str(getattr(core, n)) for n in dir(core) if "js" in n.lower()], "run": core.run_js("process.env.ESCAPE_SECRET")}`,
  ],
  [
    'every JsProxy that gc or classes know',
    `
import gc
def walk(c, seen):
    for s in type.__subclasses__(c):
        if s not in seen:
            seen.add(s)
            walk(s, seen)
    return seen
def main():
    kinds = [c for c in walk(object, set()) if "JsProxy" in c.__name__ or "jsproxy" in c.__name__.lower()]
    got = []
    for o in gc.get_objects():
        if isinstance(o, tuple(kinds)) and not isinstance(o, type):
            got.append(o.process.env.ESCAPE_SECRET)
    for kind in kinds:
        for make in (lambda: kind.new(), lambda: kind(), lambda: object.__new__(kind), lambda: kind.__new__(kind)):
            try: got.append(make().process.env.ESCAPE_SECRET)
            except (TypeError, AttributeError): pass
    return {"got": got}`,
  ],
  [
    'frames above main',
    `
import sys
def main():
    got, frame = [], sys._getframe()
    while frame:
        for scope in (frame.f_globals, frame.f_locals):
            for name in list(scope):
                if name in ("js", "process", "pyodide_js", "run_js"): got.append("ESCAPED " + name)
        frame = frame.f_back
    return {"got": got}`,
  ],
  ['ctypes', 'import ctypes\ndef main(): return {"got": "ESCAPED"}'],
  [
    '_ctypes made anew',
    'import _imp, importlib.machinery as m\ndef main(): return {"got": _imp.create_builtin(m.ModuleSpec("_ctypes", None)).dlopen and "ESCAPED"}',
  ],
  ['_testinternalcapi', 'import _testinternalcapi\ndef main(): return {"got": "ESCAPED"}'],
  ['os.system', 'import os\ndef main(file, written): return {"got": os.system(f"cat {file} > {written}")}'],
  ['os.popen', 'import os\ndef main(file): return {"got": os.popen(f"cat {file}").read()}'],
  [
    'subprocess',
    'import subprocess\ndef main(file): return {"got": subprocess.check_output(["cat", file]).decode()}',
  ],
  [
    'os.fork and exec',
    'import os\ndef main(written):\n  os.fork()\n  os.execv("/bin/touch", ["touch", written])',
  ],
  ['open', 'def main(file): return {"got": open(file).read()}'],
  [
    'open of a file of the system',
    'def main(): return {"got": "ESCAPED" if "root" in open("/etc/passwd").read() else ""}',
  ],
  ['open to write', 'def main(written): open(written, "w").write("x")'],
  ['writing in memory', 'def main(): open("/tmp/x", "wb").write(b"x" * 10**9); return {"got": "ESCAPED"}'],
  [
    'os.open with every flag',
    'import os\ndef main(written): return {"got": os.write(os.open(written, os.O_CREAT | os.O_RDWR), b"x")}',
  ],
  [
    'the folders of the host',
    'import os\ndef main(folder): return {"got": [os.path.exists(folder)] and [str(x) for x in os.walk("/") if "escape" in str(x)]}',
  ],
  [
    '/proc',
    'import os\ndef main(): return {"got": "".join(open("/proc/self/" + n).read() for n in ("environ", "cmdline"))}',
  ],
  [
    'the environment',
    'import os\ndef main(): return {"got": [dict(os.environ), os.getenv("ESCAPE_SECRET")]}',
  ],
  [
    'a socket',
    'import socket\ndef main(port): socket.create_connection(("127.0.0.1", port)); return {"got": "ESCAPED"}',
  ],
  [
    'urllib',
    'import urllib.request\ndef main(port): return {"got": urllib.request.urlopen(f"http://127.0.0.1:{port}").read().decode() + "ESCAPED"}',
  ],
  [
    'http.client',
    'import http.client\ndef main(port):\n  c = http.client.HTTPConnection("127.0.0.1", port)\n  c.request("GET", "/")\n  return {"got": "ESCAPED"}',
  ],
  [
    'asyncio.open_connection',
    'import asyncio\nasync def main(port):\n  await asyncio.open_connection("127.0.0.1", port)\n  return {"got": "ESCAPED"}',
  ],
  [
    'a thread',
    'import threading\ndef main():\n  t = threading.Thread(target=print)\n  t.start()\n  return {"got": "ESCAPED"}',
  ],
  [
    'multiprocessing',
    'import multiprocessing\ndef main():\n  multiprocessing.Process(target=print).start()\n  return {"got": "ESCAPED"}',
  ],
  [
    'a shared library',
    'import _imp, importlib.machinery as m\ndef main(file): _imp.create_dynamic(m.ModuleSpec("x", None, origin=file)); return {"got": "ESCAPED"}',
  ],
  ['str.format', 'class A: pass\ndef main(): return {"got": "{0.__init__.__globals__}".format(A())}'],
  ['str.format over a module', 'import os\ndef main(): return {"got": "{0.environ}".format(os)}'],
  [
    'bytecode out of bounds',
    `
import types
def f(): pass
def main():
    code = f.__code__.replace(co_code=bytes([100, 255] * 50 + [83, 0]), co_consts=(), co_stacksize=1)
    types.FunctionType(code, {})()
    return {"got": "survived"}`,
  ],
  ['a signal', 'import os, signal\ndef main(): os.kill(os.getpid(), signal.SIGKILL); return {"got": 1}'],
  ['a real crash', 'def main():\n  import sys\n  sys.setrecursionlimit(10**9)\n  f = lambda: f()\n  f()'],
];

/** Templates that look for what JavaScript or Python objects are made of. */
export const TEMPLATES: readonly string[] = [
  `{{ ''.constructor }}`,
  `{{ ''.constructor.constructor('return process')().env.ESCAPE_SECRET }}`,
  `{{ x.__proto__ }}`,
  `{{ x['__proto__']['constructor'] }}`,
  `{{ x.constructor.constructor('return process')() }}`,
  `{{ list.constructor }}`,
  `{{ list['con' + 'structor'] }}`,
  `{{ range.constructor('return process')() }}`,
  `{{ (x | items).constructor }}`,
  `{{ x.toString() }}{{ x.valueOf() }}`,
  `{{ text.replace.constructor }}`,
  `{{ text.__class__.__mro__[1].__subclasses__() }}`,
  `{{ self.__init__.__globals__ }}`,
  `{{ cycler.__init__.__globals__.os.environ }}`,
  `{{ lipsum.__globals__ }}{{ joiner }}{{ namespace.constructor }}`,
  `{{ namespace(__proto__={'a': 1}).constructor }}`,
  `{% set x.__proto__ = 1 %}{{ {}.polluted }}`,
  `{% set n = namespace() %}{% set n.__proto__ = {'polluted': 1} %}{{ n.polluted }}`,
  `{% for key in x.__proto__ %}{{ key }}{% endfor %}`,
  `{{ "%s" | format(x.constructor) }}`,
  `{{ x | attr('__proto__') }}{{ [x] | map(attribute='constructor.constructor') | list }}`,
  `{{ [x] | selectattr('__proto__') | list }}`,
  `{% include '/etc/passwd' %}`,
  `{% import 'fs' as fs %}{{ fs.readFileSync('/etc/passwd') }}`,
  `{{ process.env.ESCAPE_SECRET }}{{ globalThis }}{{ require }}`,
];

/** Templates that would hold up or fill the process. */
export const TEMPLATE_BOMBS: readonly string[] = [
  `{{ range(10 ** 9) }}`,
  `{{ range(1000000000) }}`,
  `{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}`,
  `{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}`,
  `{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}`,
  `{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}`,
  `{% for i in range(9999) %}{{ text | indent(9999) }}{% endfor %}`,
  `{{ ('x' * 1000000000) }}`,
  `{{ list | join('x') | replace('', 'y') | replace('', 'z' ) }}`,
];
