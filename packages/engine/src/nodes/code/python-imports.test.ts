import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Import = (...args: number[]) => unknown;
interface PythonImports {
  guardImports(
    real: Readonly<Record<string, Import>>,
    channel: () => { readonly deadline: number } | undefined,
    memory: () => ArrayBuffer,
  ): Readonly<Record<string, Import>>;
  readonly Stopped: new () => Error;
}
interface WebAssemblyModules {
  readonly Module: (new (
    bytes: Uint8Array,
  ) => object) & {
    imports(module: object): readonly { readonly kind: string; readonly name: string }[];
  };
}

// Sound: plain JavaScript of this folder, and a global of Node.js that the compiler's library leaves out.
const { guardImports, Stopped }: PythonImports = await import(
  new URL('./python-imports.js', import.meta.url).href
);
const { Module } = (globalThis as unknown as { WebAssembly: WebAssemblyModules }).WebAssembly;

const folder = new URL('.', import.meta.resolve('pyodide'));
const module = new Module(readFileSync(new URL('pyodide.asm.wasm', folder)));
const names = Module.imports(module).flatMap(({ kind, name }) => (kind === 'function' ? [name] : []));

/** Every import of Python, standing in for Emscripten's: `called` is what got through the guard. */
function guard() {
  const called: string[] = [];
  const real = Object.fromEntries(names.map((name) => [name, () => void called.push(name)]));
  const job = { deadline: Number.POSITIVE_INFINITY };
  let current: typeof job | undefined;
  const memory = new ArrayBuffer(64);
  const guarded = guardImports(
    real,
    () => current,
    () => memory,
  );
  const call = (name: string): void => {
    try {
      guarded[name]?.(0, 0, 0, 0);
    } catch (error) {
      if (!(error instanceof Stopped || error instanceof TypeError)) throw error;
    }
  };
  return { called, call, begin: () => (current = job) };
}

test('while Python starts it may call everything', () => {
  const { called, call } = guard();
  for (const name of names) call(name);
  expect(called).toEqual(names);
});

test('a job reaches clocks, the files in memory and nothing else', () => {
  const { called, call, begin } = guard();
  begin();
  for (const name of names) call(name);
  expect(called.toSorted()).toMatchInlineSnapshot(`
    [
      "JsvError_Check",
      "Jsv_GetError_import",
      "_PyEM_TrampolineCall_JS",
      "__syscall_faccessat",
      "__syscall_fstat64",
      "__syscall_getcwd",
      "__syscall_getdents64",
      "__syscall_getuid32_js",
      "__syscall_lstat64",
      "__syscall_newfstatat",
      "__syscall_openat",
      "__syscall_readlinkat",
      "__syscall_stat64",
      "_emscripten_get_progname",
      "_gmtime_js",
      "_localtime_js",
      "_mktime_js",
      "_timegm_js",
      "_tzset_js",
      "clock_res_get",
      "clock_time_get",
      "emscripten_date_now",
      "emscripten_get_heap_max",
      "emscripten_resize_heap",
      "environ_get",
      "environ_sizes_get",
      "fd_close",
      "fd_fdstat_get",
      "fd_pread",
      "fd_seek",
    ]
  `);
});

test('what speaks to JavaScript stops the interpreter', () => {
  const speaks = names.filter((name) =>
    /^(Js|js|hiwire|pyproxy|raw_call|ffi_|emscripten_asm|_emscripten_dlopen)/.test(name),
  );
  expect(speaks.length).toBeGreaterThan(100);
  const guarded = guardImports(
    Object.fromEntries(speaks.map((name) => [name, () => 0])),
    () => ({ deadline: 0 }),
    () => new ArrayBuffer(0),
  );
  const marks = ['JsvError_Check', 'Jsv_GetError_import'];
  for (const name of speaks.filter((name) => !marks.includes(name))) {
    expect(() => guarded[name]?.(), name).toThrow(Stopped);
  }
});
