import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition } from '../../definition/types.ts';
import type { RunEvent } from '../../events.ts';
import { ModelError, type ModelProvider } from '../../ports.ts';
import { createRun } from '../../testing/index.ts';
import { faultsOf } from './invariants.ts';
import { crashAtModel, line, ofType, row, say, takeUp } from './take-up.ts';

describe('a node that was under way at three deaths', () => {
  test('takes its error edge without being run again', async () => {
    const definition: WorkflowDefinition = {
      ...line({ code: '{{ risky.error_code }}' }, say('risky', { on_error: 'branch' })),
      edges: [
        { from: 'start', to: 'risky' },
        { from: 'risky', to: 'end', on: 'error' },
      ],
    };
    const run = createRun(definition);
    let { events } = await crashAtModel(run, []);
    for (let crash = 1; crash < 3; crash++) ({ events } = await crashAtModel(run, events));
    const last = await takeUp(run, events);
    expect(last.record).toMatchObject({ state: 'succeeded', outputs: { code: 'poison_node' } });
    expect(faultsOf(last.events, { definition, subflows: new Map() })).toEqual([]);
  });

  test('counts one death for each claim that had begun it, wherever it is', async () => {
    const inside = line(
      {},
      { id: 'each', type: 'iteration', items: [1], body: row(say('think')), output: null },
    );
    const run = createRun(inside);
    let { events, ending } = await crashAtModel(run, []);
    const endings = [ending];
    for (let crash = 0; crash < 3; crash++) {
      ({ events, ending } = await crashAtModel(run, events));
      endings.push(ending);
    }
    expect(endings).toEqual(['released', 'released', 'released', 'failed']);
    expect(ofType(events, 'run_failed')).toMatchObject([{ error: { code: 'poison_node', nodeId: 'think' } }]);
    expect(faultsOf(events, { definition: inside, subflows: new Map() })).toEqual([]);
  });
});

test('attempts that failed before a death count after it', async () => {
  const definition = line({}, say('think', { retry: { max_attempts: 2 } }));
  const run = createRun(definition);
  const begun = await crashAtModel(run, []);
  const failed: RunEvent = {
    type: 'node_retry',
    nodeId: 'think',
    attempt: 2,
    reason: 'error',
    discardFromSeq: begun.events.length + 1,
    delayMs: 0,
  };
  const events = [...begun.events, { runId: run.id, at: 0, seq: begun.events.length + 1, event: failed }];
  let calls = 0;
  const models: ModelProvider = {
    async *stream() {
      calls++;
      yield { type: 'text', text: 'x' };
      throw new ModelError('busy', { code: 'busy', retryable: true });
    },
  };
  const { ending } = await takeUp(run, events, { models });
  expect([ending, calls]).toEqual(['failed', 1]);
});

describe('a run that was claimed often', () => {
  const definition = line({}, say('think'));

  test('without a reason fails', async () => {
    const { events } = await crashAtModel(createRun(definition), []);
    const { record } = await takeUp(createRun(definition, {}, { epoch: 11 }), events);
    expect(record?.error).toMatchObject({ code: 'poison_run' });
  });

  test('for its pauses goes on', async () => {
    const begun = await crashAtModel(createRun(definition), []);
    const rests: readonly RunEvent[] = Array.from({ length: 20 }, (_, index) => ({
      type: index % 2 === 0 ? 'run_paused' : 'run_resumed',
    }));
    const { runId, at } = begun.events[0] ?? { runId: '', at: 0 };
    const stored = [...begun.events.map(({ event }) => event), ...rests].map((event, index) => ({
      runId,
      at,
      seq: index + 1,
      event,
    }));
    const { ending } = await takeUp(createRun(definition, {}, { epoch: 12 }), stored);
    expect(ending).toBe('succeeded');
  });
});
