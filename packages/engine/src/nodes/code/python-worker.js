// @ts-check
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { JobError, outOfTime, printedTooMuch, returnedTooMuch } from './job-error.js';
import { guardImports, Stopped } from './python-imports.js';
import { stripGlobals } from './strip-globals.js';

/**
 * @typedef {import('./protocol.ts').WorkerJob} Job
 * @typedef {import('./protocol.ts').WorkerReply} Reply
 * @typedef {import('./protocol.ts').PythonImage} Image
 * @typedef {import('./python-imports.js').Channel} Channel
 */

const MEGABYTE = 1024 * 1024;
// What the interpreter has at least. Memory of WebAssembly never shrinks: one that grew beyond is given up.
const LEAST_MEMORY_BYTES = 64 * MEGABYTE;
const MAX_FAILURE_BYTES = 64 * 1024;
// What code inside may claim of itself.
const FAILURE_CODES = ['code_failed', 'code_memory_limit', 'invalid_outputs', 'output_too_large'];

if (!parentPort) throw new Error('this file runs in a worker thread');
const port = parentPort;
/** @type {Image} */
const image = workerData;
const imageBytes = new Uint8Array(image.memory);
const folder = new URL('.', import.meta.resolve('pyodide'));
const standardLibrary = readFileSync(new URL('python_stdlib.zip', folder));
const { default: createModule } = await import(new URL('pyodide.asm.mjs', folder).href);

// Of the job that runs; undefined before the first one.
/** @type {Channel | undefined} */
let channel;
let memoryLimitBytes = LEAST_MEMORY_BYTES;
let wasRefusedMemory = false;

// From here on the glue finds no Node.js, so that its own closures have no `require` and no files either.
stripGlobals();
/** @type {WebAssembly.Instance} */
let instance;
/** @type {(bytes: number) => void} */
let resizeHeap;
const python = await createModule({
  noInitialRun: true,
  API: { config: { jsglobals: {} }, runtimeEnv: {} },
  print: () => undefined,
  printErr: () => undefined,
  preRun: [installStandardLibrary],
  instantiateWasm,
});
// Sound: what CPython exports, and Emscripten relies on too.
const { memory, PyRun_SimpleString } =
  /** @type {{ memory: WebAssembly.Memory, PyRun_SimpleString(command: number): number }} */ (
    /** @type {unknown} */ (instance.exports)
  );
// By Emscripten, which then renews its views of the memory.
resizeHeap(LEAST_MEMORY_BYTES);
const grow = memory.grow.bind(memory);
memory.grow = growWithinLimit;
const openFiles = [...python.FS.streams];

/** @param {{ FS: { mkdirTree(path: string): void, writeFile(path: string, data: Uint8Array): void } }} module */
function installStandardLibrary({ FS }) {
  FS.mkdirTree('/home/pyodide');
  FS.mkdirTree('/lib');
  FS.writeFile('/lib/python314.zip', standardLibrary);
}

/** @param {{ env: Record<string, Function> }} imports @param {(instance: WebAssembly.Instance, module: WebAssembly.Module) => void} done */
function instantiateWasm(imports, done) {
  const marker = Symbol('error');
  imports.env.Jsv_GetError_import = () => marker;
  imports.env.JsvError_Check = (/** @type {unknown} */ value) => value === marker;
  resizeHeap = imports.env.emscripten_resize_heap;
  const env = guardImports(
    imports.env,
    () => channel,
    () => memory.buffer,
  );
  // Sound: the thread that made the image compiled it.
  const module = /** @type {WebAssembly.Module} */ (image.module);
  void WebAssembly.instantiate(module, { ...imports, env, wasi_snapshot_preview1: env }).then((created) => {
    instance = created;
    done(created, module);
  });
  return {};
}

/** @param {number} pages */
function growWithinLimit(pages) {
  if (memory.buffer.byteLength + pages * 65_536 > memoryLimitBytes) {
    wasRefusedMemory = true;
    throw new RangeError('the memory limit of the job');
  }
  return grow(pages);
}

/** The interpreter as it was before any job: all of its memory, its stack, its open files. */
function restore() {
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(imageBytes);
  bytes.fill(0, imageBytes.length);
  python.stackRestore(image.stackPointer);
  python.FS.streams.length = 0;
  python.FS.streams.push(...openFiles);
}

/** @param {Job} job @returns {Reply} */
function run(job) {
  try {
    const { logs, outputs } = execute(job);
    return { ok: true, outputs, logs, recycle: isGrown() };
  } catch (error) {
    const { code, message } = toJobError(error, job);
    return { ok: false, code, message, recycle: isGrown() };
  }
}

const isGrown = () => memory.buffer.byteLength > LEAST_MEMORY_BYTES;

/** @param {Job} job */
function execute(job) {
  if (job.memoryLimitBytes < LEAST_MEMORY_BYTES) {
    const least = LEAST_MEMORY_BYTES / MEGABYTE;
    throw new JobError('code_memory_limit', `Python itself needs ${least} MB: raise memory_limit_mb`);
  }
  memoryLimitBytes = job.memoryLimitBytes;
  wasRefusedMemory = false;
  /** @param {number} maxBytes */
  const buffer = (maxBytes) => ({ maxBytes, bytes: 0, parts: [] });
  channel = {
    job: new TextEncoder().encode(`{"source":${JSON.stringify(job.source)},"inputs":${job.inputs}}`),
    deadline: performance.now() + job.timeoutMs,
    logs: buffer(job.maxLogBytes),
    outputs: buffer(job.maxOutputBytes),
    failure: buffer(MAX_FAILURE_BYTES),
  };
  PyRun_SimpleString(image.command);
  const { failure, outputs, logs } = channel;
  if (failure.bytes > 0) throw told(textOf(failure.parts));
  return { outputs: textOf(outputs.parts), logs: textOf(logs.parts) };
}

/** @param {string} failure @returns {JobError} */
function told(failure) {
  const { code, message } = JSON.parse(failure);
  return new JobError(FAILURE_CODES.includes(code) ? code : 'code_failed', String(message));
}

/** @param {unknown} error @param {Job} job @returns {JobError} */
function toJobError(error, job) {
  if (error instanceof JobError) return error;
  if (error instanceof Stopped) {
    if (error.reason === 'time') return outOfTime();
    if (error.reason === 'logs') return printedTooMuch(job.maxLogBytes);
    if (error.reason === 'outputs') return returnedTooMuch(job.maxOutputBytes);
  }
  if (error instanceof RangeError)
    return new JobError('code_failed', 'the code recurses or nests too deeply');
  if (wasRefusedMemory) return new JobError('code_memory_limit', 'the code ran out of memory');
  // The interpreter left its way: a crash, or a call that it may not make.
  const message = error instanceof Error ? error.message : String(error);
  return new JobError('code_failed', `the interpreter stopped: ${message.slice(0, 200)}`);
}

/** @param {readonly Uint8Array[]} parts */
function textOf(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new TextDecoder().decode(bytes);
}

restore();
port.on('message', (job) => {
  port.postMessage(run(job));
  // The answer is under way already: putting the interpreter back costs the caller nothing.
  restore();
});
port.postMessage({ type: 'ready' });
