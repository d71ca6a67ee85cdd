// @ts-check
// Plain JavaScript, so that it runs in a worker thread from source and beside the bundle alike.
import { parentPort } from 'node:worker_threads';
import { getQuickJS } from 'quickjs-emscripten';

/**
 * @typedef {{ source: string, inputs: string, timeoutMs: number, memoryLimitBytes: number, maxOutputBytes: number }} Job
 * @typedef {{ ok: true, outputs: string } | { ok: false, code: string, message: string, recycle: boolean }} Reply
 * @typedef {import('quickjs-emscripten').QuickJSContext} Context
 * @typedef {import('quickjs-emscripten').QuickJSHandle} Handle
 */

/** A failure of the job's own code, already told as a reply. */
class JobError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// The WebAssembly stack is 1 MiB; the interpreter must notice deep recursion well before its end.
const MAX_STACK_BYTES = 256 * 1024;

// Runs before the job's source, so that the job cannot replace what carries values in and out.
const PRELUDE = `
  globalThis.console = Object.freeze(Object.fromEntries(
    ['debug', 'error', 'info', 'log', 'trace', 'warn'].map((name) => [name, () => undefined])));
  (() => {
    const { parse, stringify } = JSON;
    return {
      call: (main, inputs) => main(parse(inputs)),
      stringify: (value) => stringify(value),
    };
  })()`;

const quickjs = await getQuickJS();

/** @param {Job} job @returns {Reply} */
function run(job) {
  const deadline = Date.now() + job.timeoutMs;
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(job.memoryLimitBytes);
  runtime.setMaxStackSize(MAX_STACK_BYTES);
  runtime.setInterruptHandler(() => Date.now() > deadline);
  const context = runtime.newContext();
  /** @type {Reply} */
  let reply;
  try {
    reply = { ok: true, outputs: evaluate(context, job, deadline) };
  } catch (error) {
    if (error instanceof JobError) {
      reply = {
        ok: false,
        code: error.code,
        message: error.message,
        recycle: error.code === 'code_memory_limit',
      };
    } else {
      // The interpreter itself broke, as it can when memory runs out: this thread must not be used again.
      reply = { ok: false, code: 'code_failed', message: `the sandbox broke: ${error}`, recycle: true };
    }
  }
  try {
    context.dispose();
    runtime.dispose();
    return reply;
  } catch {
    return reply.ok
      ? { ok: false, code: 'code_failed', message: 'the sandbox broke', recycle: true }
      : { ...reply, recycle: true };
  }
}

/** @param {Context} context @param {Job} job @param {number} deadline @returns {string} */
function evaluate(context, job, deadline) {
  /** @type {Handle[]} */
  const handles = [];
  /** @param {ReturnType<Context['evalCode']>} result @returns {Handle} */
  const unwrap = (result) => {
    if (result.error) throw failure(context, result.error, deadline);
    handles.push(result.value);
    return result.value;
  };
  /** @param {Handle} handle @returns {Handle} */
  const keep = (handle) => {
    handles.push(handle);
    return handle;
  };
  try {
    const prelude = unwrap(context.evalCode(PRELUDE, 'prelude.js'));
    const call = keep(context.getProp(prelude, 'call'));
    const stringify = keep(context.getProp(prelude, 'stringify'));
    unwrap(context.evalCode(job.source, 'main.js'));
    const main = unwrap(context.evalCode("typeof main === 'function' ? main : undefined", 'find.js'));
    if (context.typeof(main) !== 'function')
      throw new JobError('code_failed', 'the source defines no function main(inputs)');
    const inputs = keep(context.newString(job.inputs));
    const returned = unwrap(context.callFunction(call, context.undefined, main, inputs));
    const value = settle(context, returned, deadline, keep);
    const text = unwrap(context.callFunction(stringify, context.undefined, value));
    if (context.typeof(text) !== 'string') throw new JobError('code_failed', 'main must return an object');
    const length = keep(context.getProp(text, 'length'));
    if (context.getNumber(length) > job.maxOutputBytes) throw tooLarge(job);
    const outputs = context.getString(text);
    if (!outputs.startsWith('{')) throw new JobError('code_failed', 'main must return an object');
    if (Buffer.byteLength(outputs) > job.maxOutputBytes) throw tooLarge(job);
    return outputs;
  } finally {
    for (const handle of handles.reverse()) handle.dispose();
  }
}

/** @param {Job} job */
const tooLarge = (job) =>
  new JobError('output_too_large', `main returned more than ${job.maxOutputBytes} bytes`);

/**
 * The value of a promise, or the value itself.
 * @param {Context} context @param {Handle} returned @param {number} deadline @param {(handle: Handle) => Handle} keep
 * @returns {Handle}
 */
function settle(context, returned, deadline, keep) {
  let state = context.getPromiseState(returned);
  while (state.type === 'pending') {
    const ran = context.runtime.executePendingJobs(1000);
    if (ran.error) throw failure(context, ran.error, deadline);
    if (Date.now() > deadline) throw new JobError('node_timed_out', 'the code ran out of time');
    state = context.getPromiseState(returned);
    if (state.type === 'pending' && ran.value === 0) {
      throw new JobError('code_failed', 'the promise that main returned can never settle');
    }
  }
  if (state.type === 'rejected') throw failure(context, state.error, deadline);
  return state.notAPromise ? returned : keep(state.value);
}

/** @param {Context} context @param {Handle} error @param {number} deadline @returns {JobError} */
function failure(context, error, deadline) {
  const { name, message, stack } = describe(context, error);
  error.dispose();
  if (Date.now() > deadline) return new JobError('node_timed_out', 'the code ran out of time');
  if (message === 'out of memory') return new JobError('code_memory_limit', 'the code ran out of memory');
  const line = /main\.js:(\d+)/.exec(stack)?.[1];
  const where = line === undefined ? '' : ` (line ${line})`;
  return new JobError('code_failed', `${name === '' ? '' : `${name}: `}${message}${where}`.slice(0, 2000));
}

/**
 * Reads a thrown value of any kind. Getters of the job's own objects run here, under its deadline.
 * @param {Context} context @param {Handle} error
 */
function describe(context, error) {
  /** @param {string} key */
  const read = (key) => {
    try {
      const handle = context.getProp(error, key);
      const text = context.typeof(handle) === 'string' ? context.getString(handle) : '';
      handle.dispose();
      return text;
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

if (!parentPort) throw new Error('this file runs in a worker thread');
const port = parentPort;
port.on('message', (job) => port.postMessage(run(job)));
port.postMessage('ready');
