import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../events.ts';
import { type EventLog, FencedError, type RunChange } from '../ports.ts';
import { createRunLog } from './run-log.ts';

interface Append {
  readonly firstSeq: number;
  readonly events: readonly RunEvent[];
  readonly change: RunChange | undefined;
  readonly commit: () => void;
  readonly refuse: (error: Error) => void;
}

/** A log whose appends wait for the test. */
function setup(beforeCommit: () => void = () => undefined) {
  const appends: Append[] = [];
  const failures: unknown[] = [];
  const log: EventLog = {
    append: (_lease, firstSeq, events, change) =>
      new Promise((commit, refuse) => appends.push({ firstSeq, events, change, commit, refuse })),
    read: async () => [],
    readTypes: async () => [],
  };
  const lease = { runId: 'run_1', epoch: 1 };
  const runLog = createRunLog({
    log,
    lease,
    lastSeq: 10,
    beforeCommit,
    onFailure: (error) => failures.push(error),
  });
  return { runLog, appends, failures, lease };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const text = (value: string, segment = 0): RunEvent => ({
  type: 'text_delta',
  nodeId: 'a',
  field: 'text',
  text: value,
  responderId: 'r',
  segment,
});
const progress: RunEvent = { type: 'progress', percent: 1, finishedNodes: 1, totalNodes: 2 };

test('what is emitted in one turn is one append, numbered after the last event', async () => {
  const { runLog, appends } = setup();
  expect([runLog.emit(progress), runLog.emit(progress)]).toEqual([11, 12]);
  expect(appends).toHaveLength(0);
  await turn();
  runLog.emit(progress);
  await turn();
  expect(appends.map(({ firstSeq, events }) => [firstSeq, events.length])).toEqual([
    [11, 2],
    [13, 1],
  ]);
});

test('neighbouring text of one segment becomes one event, other text does not', async () => {
  const { runLog, appends } = setup();
  const seqs = [text('a'), text('b'), text('c', 1), progress, text('d', 1)].map((event) =>
    runLog.emit(event),
  );
  expect(seqs).toEqual([11, 11, 12, 13, 14]);
  await turn();
  expect(appends[0]?.events).toEqual([text('ab'), text('c', 1), progress, text('d', 1)]);
});

test('flush commits at once together with the change, and resolves after the commit', async () => {
  const { runLog, appends } = setup();
  runLog.emit(progress);
  let flushed = false;
  const flushing = runLog.flush({ state: 'succeeded' }).then(() => {
    flushed = true;
  });
  expect(appends).toMatchObject([{ firstSeq: 11, change: { state: 'succeeded' } }]);
  await turn();
  expect(flushed).toBe(false);
  appends[0]?.commit();
  await flushing;
  expect(appends).toHaveLength(1);
});

test('writers wait while too much is uncommitted', async () => {
  const { runLog, appends } = setup();
  expect(runLog.room()).toBeUndefined();
  for (let index = 0; index < 5_000; index++) runLog.emit(progress);
  const room = runLog.room();
  expect(room).toBeInstanceOf(Promise);
  await turn();
  appends[0]?.commit();
  await room;
  expect(runLog.room()).toBeUndefined();
});

describe('a failed append', () => {
  test('is told once, refuses flush, frees writers and ends all writing', async () => {
    const { runLog, appends, failures, lease } = setup();
    for (let index = 0; index < 5_000; index++) runLog.emit(progress);
    const room = runLog.room();
    await turn();
    runLog.emit(progress);
    await turn();
    appends[0]?.refuse(new FencedError(lease));
    appends[1]?.refuse(new Error('a gap'));
    await room;
    runLog.emit(progress);
    await turn();
    await expect(runLog.flush({ state: 'failed' })).rejects.toThrow(FencedError);
    expect(appends).toHaveLength(2);
    expect(failures).toHaveLength(1);
  });
});
