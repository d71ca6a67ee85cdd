import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent, RunState, StoredEvent } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { createFlowView } from '../dialect/flow-view.ts';
import { createReleasedTeller } from '../dialect/released.ts';
import { createErrors } from '../errors.ts';
import { followSession, type SessionDeps } from './session.ts';

type Follow = SessionDeps['service']['follow'];
type Run = Parameters<Follow>[0];

const run: Run = {
  id: 'run_1',
  tenantId: 't',
  workflowId: 'wf_1',
  version: 1,
  userId: 'u',
  inputs: {},
  priority: 0,
  timeoutMs: 1000,
  onDisconnect: 'cancel',
  disconnectGraceMs: 0,
  createdAt: 0,
  state: 'running',
  tokens: { prompt: 0, completion: 0 },
  steps: 0,
  queuedAt: 0,
  lastSeq: 0,
  epoch: 1,
  cancelRequested: false,
  pauseRequested: false,
  prunedSeq: 0,
};

/** A run whose events come when the test says so. */
function createStage(pingMs?: number) {
  const events: StoredEvent[] = [];
  let state: RunState = 'running';
  let wake = (): void => undefined;
  let isOver = false;
  const follow: Follow = (_run, after, toItem) => {
    let cursor = after;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (!isOver) {
          const stored = events[cursor];
          if (stored) {
            cursor++;
            return { value: toItem(stored), done: false };
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        return { value: undefined, done: true };
      },
      async return() {
        isOver = true;
        wake();
        return { value: undefined, done: true };
      },
    };
  };
  const view = createFlowView({ definition: { name: 'flow', nodes: [], edges: [] } });
  const teller = createReleasedTeller({
    sid: 'sid',
    eventId: '7',
    isStreamed: true,
    view,
    errors: createErrors('documented', () => 0),
  });
  const runs = { get: async () => ({ ...run, state, lastSeq: events.length }) };
  const frames = followSession(
    { service: { follow }, runs, now: () => 0 },
    { run, sid: 'sid', teller, after: 0, cursor: 0, ...(pingMs !== undefined && { pingMs }) },
  );
  return {
    frames,
    isOver: () => isOver,
    wait() {
      state = 'waiting';
    },
    add(event: RunEvent) {
      events.push({ runId: 'run_1', seq: events.length + 1, at: 0, event });
      wake();
    },
  };
}

const reasonOf = (
  value: { readonly item: { readonly choices: readonly unknown[] } } | undefined,
): unknown => {
  const [choice] = value?.item.choices ?? [];
  return typeof choice === 'object' && choice !== null ? Reflect.get(choice, 'finish_reason') : undefined;
};

const asked: RunEvent = {
  type: 'question_asked',
  questionId: 'q',
  nodeId: 'ask',
  title: 'ask',
  question: 'Where?',
  allowText: true,
};

test('a quiet stream is sent pings, without an id', async () => {
  const { frames } = createStage(5);
  for (let pings = 0; pings < 3; pings++) {
    const { value } = await frames.next();
    expect(reasonOf(value)).toBe('ping');
    expect(value).toMatchObject({ item: { workflow_step: { seq: 0, progress: 1 } } });
    expect(value).not.toHaveProperty('id');
  }
  await frames.return?.();
});

test('a question is told once the run waits, and ends the stream', async () => {
  const stage = createStage();
  stage.add(asked);
  const next = stage.frames.next();
  expect(await Promise.race([next, sleep(60, 'nothing')])).toBe('nothing');
  stage.wait();
  const { value } = await next;
  expect(reasonOf(value)).toBe('interrupt');
  expect(value).toMatchObject({ id: '1', item: { event_data: { event_id: '7' } } });
  expect(await stage.frames.next()).toEqual({ value: undefined, done: true });
  expect(stage.isOver()).toBe(true);
});

test('a question whose time is over before the run waits is not told', async () => {
  const stage = createStage();
  stage.add(asked);
  const next = stage.frames.next();
  stage.add({ type: 'question_answered', questionId: 'q', nodeId: 'ask', reply: { type: 'expired' } });
  stage.add({
    type: 'run_finished',
    status: 'succeeded',
    outputs: {},
    elapsedMs: 1,
    tokens: { prompt: 0, completion: 0 },
    steps: 1,
    startedAt: 0,
    finishedAt: 1,
  });
  expect(reasonOf((await next).value)).toBe('stop');
});

test('a reader that leaves while it waits is let go at once', async () => {
  const stage = createStage(60_000);
  const next = stage.frames.next();
  await stage.frames.return?.();
  expect(await next).toEqual({ value: undefined, done: true });
  expect(stage.isOver()).toBe(true);
});
