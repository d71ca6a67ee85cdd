import type { EventLog, NodeFinished, ScheduleStore } from '@flowwire/engine';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createRunMetrics, observeRuns, observeSchedules } from './run-metrics.ts';

const failed = (code: string, more: Partial<NodeFinished> = {}): NodeFinished => ({
  type: 'node_finished',
  nodeId: 'fetch',
  nodeType: 'http',
  title: 'Fetch',
  index: 1,
  status: 'failed',
  outputs: {},
  error: { code, message: 'no' },
  elapsedMs: 20,
  tokens: { prompt: 7, completion: 5 },
  attempts: 1,
  ...more,
});

const seriesOf = async (registry: Registry, name: string) =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));

test('nodes count by type, state and error code, with the tokens that they used', async () => {
  const registry = new Registry();
  const metrics = createRunMetrics(registry);
  metrics.committed(failed('http_status'));
  metrics.committed(failed('http_status', { reused: true }));
  expect(await seriesOf(registry, 'flowwire_node_failures_total')).toEqual([
    'flowwire_node_failures_total{node_type="http",code="http_status"} 1',
  ]);
  expect(await seriesOf(registry, 'flowwire_node_duration_seconds_count')).toEqual([
    'flowwire_node_duration_seconds_count{node_type="http",status="failed"} 1',
  ]);
  expect(await seriesOf(registry, 'flowwire_tokens_total')).toEqual([
    'flowwire_tokens_total{kind="prompt"} 7',
    'flowwire_tokens_total{kind="completion"} 5',
  ]);
});

test('error codes without end make no series without end', async () => {
  const registry = new Registry();
  const metrics = createRunMetrics(registry);
  for (let code = 0; code < 600; code++) metrics.committed(failed(`code_${code}`));
  const series = await seriesOf(registry, 'flowwire_node_failures_total');
  expect(series).toHaveLength(501);
  expect(series).toContain('flowwire_node_failures_total{node_type="http",code="other"} 100');
});

test('questions count when they are asked, answered and expire', async () => {
  const registry = new Registry();
  const { committed } = createRunMetrics(registry);
  const asked = {
    type: 'question_asked',
    questionId: 'q',
    nodeId: 'ask',
    title: 'Ask',
    question: '?',
  } as const;
  const answered = { type: 'question_answered', questionId: 'q', nodeId: 'ask' } as const;
  committed({ ...asked, allowText: true });
  committed({ ...answered, reply: { type: 'text', text: 'yes' } });
  committed({ ...answered, reply: { type: 'expired' } });
  expect(await seriesOf(registry, 'flowwire_questions_total')).toEqual([
    'flowwire_questions_total{outcome="asked"} 1',
    'flowwire_questions_total{outcome="answered"} 1',
    'flowwire_questions_total{outcome="expired"} 1',
  ]);
});

test('only what is committed counts', async () => {
  const registry = new Registry();
  const broken: Pick<EventLog, 'append'> = { append: () => Promise.reject(new Error('the disk is full')) };
  // Sound: nothing but append is called.
  const log = observeRuns(broken as EventLog, createRunMetrics(registry));
  await expect(log.append({ runId: 'r', epoch: 1 }, 1, [failed('x')])).rejects.toThrow('the disk is full');
  expect(await seriesOf(registry, 'flowwire_node_failures_total')).toEqual([]);
});

test('times of schedules count by whether a run was started', async () => {
  const registry = new Registry();
  const store: Pick<ScheduleStore, 'record'> = { record: async () => undefined };
  // Sound: nothing but record is called.
  const schedules = observeSchedules(store as ScheduleStore, createRunMetrics(registry));
  await schedules.record('s', { at: 1, runId: 'run_1' });
  await schedules.record('s', { at: 2, error: 'left out' });
  expect(await seriesOf(registry, 'flowwire_schedules_total')).toEqual([
    'flowwire_schedules_total{outcome="started"} 1',
    'flowwire_schedules_total{outcome="not_started"} 1',
  ]);
});
