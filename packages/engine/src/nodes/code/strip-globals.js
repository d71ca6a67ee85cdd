// @ts-check
// Plain JavaScript, as everything that runs in the sandbox's threads is: they load it from source.

// What the interpreters' own glue needs beside the language itself.
const KEPT = new Set([
  'console',
  'performance',
  'queueMicrotask',
  'TextDecoder',
  'TextEncoder',
  'WebAssembly',
]);

/**
 * Takes every power away that JavaScript of this thread could reach through an object: `process`, `require`,
 * the network, other threads, timers and the making of functions from text.
 *
 * It is the second wall. The first is WebAssembly: the interpreter calls nothing but its imports. Whoever got
 * through that would find the language alone. What remains is the syntax `import()`, which a text would have to
 * hold that nobody here evaluates, and the closures of Node.js, which no object leads to.
 */
export function stripGlobals() {
  const language = new Set(LANGUAGE);
  for (const name of Reflect.ownKeys(globalThis)) {
    if (typeof name === 'string' && (language.has(name) || KEPT.has(name))) continue;
    // A few, such as the `gc` of --expose-gc, can only be overwritten.
    if (Reflect.deleteProperty(globalThis, name) || Reflect.set(globalThis, name, undefined)) continue;
    throw new Error(`the global ${String(name)} cannot be removed`);
  }
  for (const kind of [() => {}, async () => {}, function* () {}, async function* () {}]) {
    Object.defineProperty(Object.getPrototypeOf(kind), 'constructor', { value: refuse });
  }
  // Glue looks at `Function.prototype`.
  Object.defineProperty(refuse, 'prototype', { value: Object.getPrototypeOf(refuse) });
  Object.defineProperty(globalThis, 'Function', { value: refuse });
}

function refuse() {
  throw new TypeError('functions cannot be made of text here');
}

// ECMAScript's globals without `eval` and `Function`.
const LANGUAGE = [
  ...['globalThis', 'Infinity', 'NaN', 'undefined', 'isFinite', 'isNaN', 'parseFloat', 'parseInt'],
  ...['decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent'],
  ...[
    'AggregateError',
    'Array',
    'ArrayBuffer',
    'Atomics',
    'BigInt',
    'BigInt64Array',
    'BigUint64Array',
    'Boolean',
  ],
  ...['DataView', 'Date', 'Error', 'EvalError', 'FinalizationRegistry', 'Float32Array', 'Float64Array'],
  ...['Int8Array', 'Int16Array', 'Int32Array', 'Intl', 'Iterator', 'JSON', 'Map', 'Math', 'Number', 'Object'],
  ...['Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'SharedArrayBuffer'],
  ...['String', 'Symbol', 'SyntaxError', 'TypeError', 'Uint8Array', 'Uint8ClampedArray', 'Uint16Array'],
  ...['Uint32Array', 'URIError', 'WeakMap', 'WeakRef', 'WeakSet'],
];
