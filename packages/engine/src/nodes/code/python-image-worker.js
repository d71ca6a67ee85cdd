// @ts-check
// Starts Python once, prepares it and answers its memory, so that every other thread begins where this one ends.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { loadPyodide } from 'pyodide';
import { RUNNER } from './python-runner.js';

// No package is ever loaded: an empty list keeps the loader from looking for them.
const LOCK_FILE = JSON.stringify({
  info: { abi_version: '2026_0', arch: 'wasm32', platform: 'emscripten_5_0_3', python: '3.14.2' },
  packages: {},
});
// These could make the interpreter read and write its own memory, or speak to what is outside of it.
const REMOVED = [
  ...[
    '_ctypes',
    '_posixsubprocess',
    '_pyodide_core',
    '_remote_debugging',
    '_socket',
    '_testbuffer',
    '_testcapi',
  ],
  ...[
    '_testclinic',
    '_testclinic_limited',
    '_testinternalcapi',
    '_testlimitedcapi',
    '_xxtestfuzz',
    'faulthandler',
  ],
  ...['fcntl', 'mmap', 'termios', 'xxsubtype'],
];

const folder = new URL('.', import.meta.resolve('pyodide'));
const module = await WebAssembly.compile(readFileSync(new URL('pyodide.asm.wasm', folder)));
const pyodide = await loadPyodide({
  indexURL: fileURLToPath(folder),
  jsglobals: Object.freeze({}),
  lockFileContents: LOCK_FILE,
  env: { HOME: '/home/pyodide' },
  stdout: () => undefined,
  stderr: () => undefined,
});
pyodide.runPython(`import types; runner = types.ModuleType('_runner')`);
pyodide.globals.set('source', RUNNER);
pyodide.runPython(`exec(compile(source, '_runner.py', 'exec'), runner.__dict__)`);
pyodide.runPython(`import __main__; __main__.__dict__['_run'] = runner.run; runner.seal()`);
const python = pyodide._module;
removeModules(python, REMOVED);
// Makes the interpreter ask its imports now and then, which is where a deadline is noticed.
python.HEAP8[python._Py_EMSCRIPTEN_SIGNAL_HANDLING] = 1;
const command = python.stringToNewUTF8('_run()');
const memory = new SharedArrayBuffer(python.HEAPU8.length);
new Uint8Array(memory).set(python.HEAPU8);
parentPort?.postMessage({ module, memory, stackPointer: python.stackSave(), command });

/**
 * Takes built-in modules off the table that `import` and `_imp.create_builtin` go by: an array of pairs of
 * pointers, name and function, that ends with a null name. The interpreter works with a copy of the exported one.
 * @param {{ HEAPU32: Uint32Array, UTF8ToString(at: number): string, _PyImport_Inittab: number }} python
 * @param {readonly string[]} names
 */
function removeModules(python, names) {
  const words = python.HEAPU32;
  const exported = (words[python._PyImport_Inittab / 4] ?? 0) / 4;
  const [name, init] = [words[exported], words[exported + 1]];
  for (let at = 0; at < words.length; at++) {
    if (words[at] === name && words[at + 1] === init) removeEntries(python, at, new Set(names));
  }
}

/** @param {Parameters<typeof removeModules>[0]} python @param {number} table @param {ReadonlySet<string>} names */
function removeEntries({ HEAPU32: words, UTF8ToString: textAt }, table, names) {
  let kept = table;
  for (let entry = table; words[entry]; entry += 2) {
    const [name = 0, init = 0] = words.subarray(entry, entry + 2);
    if (names.has(textAt(name))) continue;
    words[kept++] = name;
    words[kept++] = init;
  }
  words[kept] = 0;
}
