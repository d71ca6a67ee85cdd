// @ts-check
import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModule } from 'quickjs-emscripten';
import { PRELUDE } from './javascript-prelude.js';
import { JobError, outOfTime, printedTooMuch, returnedTooMuch } from './job-error.js';
import { stripGlobals } from './strip-globals.js';

/**
 * @typedef {import('./protocol.ts').WorkerJob} Job
 * @typedef {import('./protocol.ts').WorkerReply} Reply
 * @typedef {import('quickjs-emscripten').QuickJSContext} Context
 * @typedef {import('quickjs-emscripten').QuickJSHandle} Handle
 */

// The WebAssembly stack is 1 MiB; the interpreter must notice deep recursion well before its end.
const MAX_STACK_BYTES = 256 * 1024;
// Memory of WebAssembly never shrinks. A thread that needed more than this is given up.
const MAX_RETAINED_BYTES = 64 * 1024 * 1024;

if (!parentPort) throw new Error('this file runs in a worker thread');
const port = parentPort;

const quickjs = await newQuickJSWASMModule();
const runtime = quickjs.newRuntime();
runtime.setMaxStackSize(MAX_STACK_BYTES);
runtime.setInterruptHandler(() => isOverflowed() || performance.now() > deadline);
const context = runtime.newContext();

// Of the job that runs.
let deadline = Number.POSITIVE_INFINITY;
let maxLogBytes = 0;
let logs = '';
let logBytes = 0;
const isOverflowed = () => logBytes > maxLogBytes;

const print = context.newFunction('print', (line) => {
  if (isOverflowed()) return;
  const text = `${context.getString(line)}\n`;
  logBytes += utf8Length(text);
  if (!isOverflowed()) logs += text;
});
const { call, stringify } = prepare();

// Every job starts from this, so that nothing of another one is left, whatever it did to the interpreter.
const memory = quickjs.getWasmMemory();
const image = new Uint8Array(memory.buffer).slice();

/** @returns {{ call: Handle, stringify: Handle }} */
function prepare() {
  const prelude = context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js'));
  const members = context.unwrapResult(context.callFunction(prelude, context.undefined, print));
  return { call: context.getProp(members, 'call'), stringify: context.getProp(members, 'stringify') };
}

/** @param {Job} job @returns {Reply} */
function run(job) {
  deadline = performance.now() + job.timeoutMs;
  maxLogBytes = job.maxLogBytes;
  logs = '';
  logBytes = 0;
  try {
    runtime.setMemoryLimit(job.memoryLimitBytes);
    const outputs = evaluate(job);
    if (isOverflowed()) throw printedTooMuch(job.maxLogBytes);
    return { ok: true, outputs, logs, recycle: isGrown() };
  } catch (error) {
    if (error instanceof JobError) {
      return { ok: false, code: error.code, message: error.message, recycle: isGrown() };
    }
    // The interpreter itself broke, as it can when memory runs out.
    return { ok: false, code: 'code_failed', message: `the sandbox broke: ${error}`, recycle: true };
  }
}

const isGrown = () => memory.buffer.byteLength > MAX_RETAINED_BYTES;

function restore() {
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(image);
  bytes.fill(0, image.length);
}

/** @param {Job} job @returns {string} */
function evaluate(job) {
  unwrap(context.evalCode(job.source, 'main.js'));
  const main = unwrap(context.evalCode("typeof main === 'function' ? main : undefined", 'find.js'));
  if (context.typeof(main) !== 'function') {
    throw new JobError('code_failed', 'the source defines no function main(inputs)');
  }
  const inputs = context.newString(job.inputs);
  const value = settle(unwrap(context.callFunction(call, context.undefined, main, inputs)));
  const text = unwrap(context.callFunction(stringify, context.undefined, value));
  if (context.typeof(text) !== 'string') throw notAnObject();
  if (context.getNumber(context.getProp(text, 'length')) > job.maxOutputBytes) {
    throw returnedTooMuch(job.maxOutputBytes);
  }
  const outputs = context.getString(text);
  if (!outputs.startsWith('{')) throw notAnObject();
  if (utf8Length(outputs) > job.maxOutputBytes) throw returnedTooMuch(job.maxOutputBytes);
  return outputs;
}

const notAnObject = () => new JobError('invalid_outputs', 'main must return an object');

/** @param {ReturnType<Context['evalCode']>} result @returns {Handle} */
function unwrap(result) {
  if (result.error) throw failure(result.error);
  return result.value;
}

/**
 * The value of a promise, or the value itself.
 * @param {Handle} returned @returns {Handle}
 */
function settle(returned) {
  let state = context.getPromiseState(returned);
  while (state.type === 'pending') {
    const ran = runtime.executePendingJobs(1000);
    if (ran.error) throw failure(ran.error);
    if (isOverflowed()) throw printedTooMuch(maxLogBytes);
    if (performance.now() > deadline) throw outOfTime();
    state = context.getPromiseState(returned);
    if (state.type === 'pending' && ran.value === 0) {
      throw new JobError('code_failed', 'the promise that main returned can never settle');
    }
  }
  if (state.type === 'rejected') throw failure(state.error);
  return state.notAPromise ? returned : state.value;
}

/** @param {Handle} error @returns {JobError} */
function failure(error) {
  const { name, message, stack } = describe(error);
  if (isOverflowed()) return printedTooMuch(maxLogBytes);
  if (performance.now() > deadline) return outOfTime();
  if (message === 'out of memory') return new JobError('code_memory_limit', 'the code ran out of memory');
  const line = /main\.js:(\d+)/.exec(stack)?.[1];
  const where = line === undefined ? '' : ` (line ${line})`;
  return new JobError('code_failed', `${name === '' ? '' : `${name}: `}${message}${where}`.slice(0, 2000));
}

/**
 * Reads a thrown value of any kind. Getters of the job's own objects run here, under its deadline.
 * @param {Handle} error
 */
function describe(error) {
  /** @param {string} key */
  const read = (key) => {
    try {
      const handle = context.getProp(error, key);
      return context.typeof(handle) === 'string' ? context.getString(handle) : '';
    } catch {
      return '';
    }
  };
  const type = context.typeof(error);
  if ((type === 'object' && !context.eq(error, context.null)) || type === 'function') {
    return {
      name: read('name'),
      message: read('message') || 'an object without a message was thrown',
      stack: read('stack'),
    };
  }
  if (type === 'symbol') return { name: '', message: 'a symbol was thrown', stack: '' };
  return { name: '', message: `thrown: ${context.getString(error)}`, stack: '' };
}

/** @param {string} text */
function utf8Length(text) {
  return encoder.encode(text).length;
}

const encoder = new TextEncoder();

stripGlobals();
port.on('message', (job) => {
  port.postMessage(run(job));
  // The answer is under way already: putting the interpreter back costs the caller nothing.
  restore();
});
port.postMessage({ type: 'ready' });
