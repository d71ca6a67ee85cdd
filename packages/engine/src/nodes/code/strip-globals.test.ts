import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

/** What code finds in a thread after its globals were stripped: the text of each expression's outcome. */
async function inStrippedThread(expressions: readonly string[]): Promise<unknown> {
  const module = new URL('./strip-globals.js', import.meta.url).href;
  const tries = expressions.map((expression) => `attempt(() => ${expression})`);
  const source = `
    import { parentPort } from 'node:worker_threads';
    import { stripGlobals } from '${module}';
    const attempt = (expression) => { try { return String(expression()) } catch (error) { return error.name } };
    stripGlobals();
    parentPort.postMessage([${tries.join(',')}]);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), { execArgv: [] });
  const [found] = await once(worker, 'message');
  await worker.terminate();
  return found;
}

test('a stripped thread has the language and none of the powers of Node.js', async () => {
  const powers = [
    'process',
    'require',
    'fetch',
    'WebSocket',
    'Buffer',
    'setTimeout',
    'MessageChannel',
    'eval',
    'crypto',
  ];
  expect(await inStrippedThread(powers.map((name) => `typeof globalThis.${name}`))).toEqual(
    powers.map(() => 'undefined'),
  );
  expect(await inStrippedThread(['JSON.stringify([1])', 'typeof WebAssembly.Memory'])).toEqual([
    '[1]',
    'function',
  ]);
});

test('no constructor makes a function of text', async () => {
  const makers = [
    'Function',
    '(() => 0).constructor',
    '(async () => 0).constructor',
    '(function* () {}).constructor',
  ];
  expect(await inStrippedThread(makers.map((maker) => `${maker}('return 1')()`))).toEqual(
    makers.map(() => 'TypeError'),
  );
});
