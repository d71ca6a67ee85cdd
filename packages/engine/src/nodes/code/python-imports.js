// @ts-check
import { randomFillSync } from 'node:crypto';
import { FAILURE_FD, OUTPUTS_FD } from './python-runner.js';

/**
 * What the interpreter may call outside of itself. Whatever code does to the interpreter, even to its memory,
 * it can do no more than this: read the files of the standard library, which are held in memory, read clocks
 * and random numbers, print, and answer.
 */

// Emscripten's own, harmless as they are.
const PASSED = [
  ...['_PyEM_TrampolineCall_JS', 'JsvError_Check', 'Jsv_GetError_import'],
  ...['clock_time_get', 'clock_res_get', 'emscripten_date_now', '_tzset_js', '_localtime_js', '_gmtime_js'],
  ...[
    '_mktime_js',
    '_timegm_js',
    'emscripten_get_heap_max',
    'emscripten_resize_heap',
    '_emscripten_get_progname',
  ],
  ...[
    'environ_get',
    'environ_sizes_get',
    'getuid',
    '__syscall_getuid32_js',
    'fd_seek',
    'fd_close',
    'fd_fdstat_get',
  ],
  ...['fd_pread', '__syscall_getcwd', '__syscall_stat64', '__syscall_lstat64', '__syscall_fstat64'],
  ...['__syscall_newfstatat', '__syscall_getdents64', '__syscall_faccessat', '__syscall_readlinkat'],
];
const PERMISSION_DENIED = 63;
const READ_ONLY = 69;
const EAI_FAIL = -4;
// Of open(2): to write, to read and write, to create, to truncate, to append.
const WRITING = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000;

/** Why an interpreter was stopped. No code inside can catch it: it ends every frame of it. */
export class Stopped extends Error {
  /** @param {'time' | 'logs' | 'outputs' | 'denied'} reason @param {string} what */
  constructor(reason, what = reason) {
    super(what);
    this.reason = reason;
  }
}

/**
 * What goes in and out while one job runs.
 * @typedef {object} Channel
 * @property {Uint8Array} job What it reads of file 0.
 * @property {number} deadline As `performance.now()` tells time.
 * @property {{ readonly maxBytes: number, bytes: number, parts: Uint8Array[] }} logs
 * @property {{ readonly maxBytes: number, bytes: number, parts: Uint8Array[] }} outputs
 * @property {{ readonly maxBytes: number, bytes: number, parts: Uint8Array[] }} failure
 */

/**
 * Wraps Emscripten's imports. They are all there while `channel()` is undefined: before the first job.
 * @param {Record<string, unknown>} real
 * @param {() => Channel | undefined} channel
 * @param {() => ArrayBuffer} memory
 */
export function guardImports(real, channel, memory) {
  const own = ownImports(real, channel, memory);
  /** @type {Record<string, unknown>} */
  const guarded = {};
  for (const [name, implementation] of Object.entries(real)) {
    if (typeof implementation !== 'function') {
      guarded[name] = implementation;
      continue;
    }
    const replacement = own[name] ?? (PASSED.includes(name) ? implementation : deny(name));
    guarded[name] = (/** @type {unknown[]} */ ...args) =>
      channel() === undefined ? implementation(...args) : replacement(...args);
  }
  return guarded;
}

/** Files and sockets are refused as a system does it. Everything else means that code left the interpreter. */
/** @param {string} name @returns {(...args: unknown[]) => number} */
function deny(name) {
  if (name.startsWith('__syscall_')) return () => -PERMISSION_DENIED;
  if (name.startsWith('fd_')) return () => PERMISSION_DENIED;
  if (name === '_emscripten_system') return () => -1;
  if (name === 'getaddrinfo' || name === 'getnameinfo') return () => EAI_FAIL;
  return () => {
    throw new Stopped('denied', name);
  };
}

/**
 * @param {Record<string, unknown>} real @param {() => Channel | undefined} channel @param {() => ArrayBuffer} memory
 * @returns {Record<string, (...args: number[]) => number>}
 */
function ownImports(real, channel, memory) {
  const open = channelOf(channel);
  const checkTime = () => {
    if (performance.now() > open().deadline) throw new Stopped('time');
  };
  // Sound: these two are Emscripten's system calls, and all they take and give is numbers.
  const emscripten = /** @type {Record<string, (...args: number[]) => number>} */ (real);
  return {
    _Py_CheckEmscriptenSignals_Helper() {
      checkTime();
      return 0;
    },
    // `time.sleep` reads the clock until its time has come.
    emscripten_get_now() {
      checkTime();
      return performance.now();
    },
    can_run_sync_js: () => 0,
    random_get(at, length) {
      randomFillSync(new Uint8Array(memory(), at >>> 0, length >>> 0));
      return 0;
    },
    __syscall_openat(folder, path, flags, varargs) {
      checkTime();
      return (flags & WRITING) !== 0 ? -READ_ONLY : emscripten.__syscall_openat(folder, path, flags, varargs);
    },
    fd_read(fd, vectors, count, result) {
      checkTime();
      if (fd !== 0) return emscripten.fd_read(fd, vectors, count, result);
      return readJob(open(), memory(), vectors >>> 0, count >>> 0, result >>> 0);
    },
    fd_write(fd, vectors, count, result) {
      checkTime();
      const { logs, outputs, failure } = open();
      const target = fd === OUTPUTS_FD ? outputs : fd === FAILURE_FD ? failure : fd <= 2 ? logs : undefined;
      if (!target) return PERMISSION_DENIED;
      const written = take(target, memory(), vectors >>> 0, count >>> 0);
      if (target.bytes > target.maxBytes) throw new Stopped(target === logs ? 'logs' : 'outputs');
      new DataView(memory()).setUint32(result >>> 0, written, true);
      return 0;
    },
  };
}

/** @param {() => Channel | undefined} channel @returns {() => Channel} */
const channelOf = (channel) => () => {
  const current = channel();
  if (!current) throw new Stopped('denied', 'no job');
  return current;
};

/** The pieces of memory that a read or write names. */
/** @param {ArrayBuffer} memory @param {number} vectors @param {number} count */
function* pieces(memory, vectors, count) {
  const view = new DataView(memory);
  for (let index = 0; index < count; index++) {
    const at = vectors + 8 * index;
    yield new Uint8Array(memory, view.getUint32(at, true), view.getUint32(at + 4, true));
  }
}

/** @param {Channel} channel @param {ArrayBuffer} memory @param {number} vectors @param {number} count @param {number} result */
function readJob(channel, memory, vectors, count, result) {
  let read = 0;
  for (const piece of pieces(memory, vectors, count)) {
    const part = channel.job.subarray(0, piece.length);
    piece.set(part);
    channel.job = channel.job.subarray(part.length);
    read += part.length;
  }
  new DataView(memory).setUint32(result, read, true);
  return 0;
}

/** @param {{ readonly maxBytes: number, bytes: number, parts: Uint8Array[] }} target @param {ArrayBuffer} memory @param {number} vectors @param {number} count */
function take(target, memory, vectors, count) {
  let written = 0;
  for (const piece of pieces(memory, vectors, count)) {
    written += piece.length;
    target.bytes += piece.length;
    // Beyond the limit the job is stopped: nothing is copied for it.
    if (target.bytes > target.maxBytes) return written;
    if (piece.length > 0) target.parts.push(piece.slice());
  }
  return written;
}
