import { expect, test, vi } from 'vitest';
import { Dispatcher, type Received } from './dispatcher.ts';
import { createRateMeter } from './rate.ts';

const message = (type: string): Received => ({ format: { type }, message: { type } });

/** A dispatcher whose handlers are done when the test says so. */
function start() {
  const working: (() => void)[] = [];
  const host = {
    meter: createRateMeter({}, 0),
    control: vi.fn((): Promise<void> | undefined => undefined),
    answer: vi.fn(() => new Promise<void>((resolve) => working.push(resolve))),
    refuse: vi.fn(),
    isConcurrent: (type: string) => type === 'aside',
    pause: vi.fn(),
    resume: vi.fn(),
  };
  const dispatcher = new Dispatcher(host);
  const finish = async () => {
    working.shift()?.();
    await new Promise(setImmediate);
  };
  return { dispatcher, host, finish };
}

test('a client that is ahead of its handlers is not read until half of what waits is done', async () => {
  const { dispatcher, host, finish } = start();
  dispatcher.start();
  for (let count = 0; count < 16; count++) dispatcher.push(message('say'));
  expect(host.pause).not.toHaveBeenCalled();
  dispatcher.push(message('say'));
  expect(host.pause).toHaveBeenCalledOnce();
  for (let count = 0; count < 9; count++) {
    expect(host.resume).not.toHaveBeenCalled();
    await finish();
  }
  expect(host.resume).toHaveBeenCalledOnce();
  expect(host.answer).toHaveBeenCalledTimes(10);
});

test('nothing is handled before the start, and nothing after the stop', async () => {
  const { dispatcher, host, finish } = start();
  dispatcher.push(message('say'));
  dispatcher.push(message('say'));
  expect(host.answer).not.toHaveBeenCalled();
  dispatcher.start();
  expect(host.answer).toHaveBeenCalledOnce();
  dispatcher.stop();
  dispatcher.push(message('say'));
  await finish();
  expect(host.answer).toHaveBeenCalledOnce();
});

test('a message that keeps nobody waiting does not wait for the end of another such', async () => {
  const { dispatcher, host } = start();
  dispatcher.start();
  for (const type of ['aside', 'aside', 'say', 'say']) dispatcher.push(message(type));
  await new Promise(setImmediate);
  expect(host.answer).toHaveBeenCalledTimes(3);
});

test('a message of the connection’s own has no handler', async () => {
  const { dispatcher, host } = start();
  host.control.mockReturnValueOnce(Promise.resolve());
  dispatcher.start();
  dispatcher.push(message('ping'));
  await new Promise(setImmediate);
  expect(host.answer).not.toHaveBeenCalled();
});
