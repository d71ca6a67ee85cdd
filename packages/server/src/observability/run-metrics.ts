import type { EventLog, NodeFinished, QuestionAnswered, RunEvent, ScheduleStore } from '@flowwire/engine';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What is measured of runs, in Prometheus' terms. */
export interface RunMetrics {
  /** An event of a run is committed. */
  committed(event: RunEvent): void;
  /** The time of a schedule has come, and this became of it. */
  scheduled(outcome: 'started' | 'not_started'): void;
}

/** Failures that are told apart; the codes of further ones are `other`. */
const MAX_FAILURE_SERIES = 500;

/** Creates the metrics of runs. They count what this process has committed, since it began. */
export function createRunMetrics(registry: Registry): RunMetrics {
  const registers = [registry];
  const runs = new Histogram({
    name: 'flowwire_run_duration_seconds',
    help: 'Time from the begin of a run to its end, by final state.',
    labelNames: ['status'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 20, 60, 300],
    registers,
  });
  const questions = new Counter({
    name: 'flowwire_questions_total',
    help: 'Questions that runs have asked people, and that were answered, passed over, given up or have expired.',
    labelNames: ['outcome'],
    registers,
  });
  const schedules = new Counter({
    name: 'flowwire_schedules_total',
    help: 'Times of schedules that have come, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const retries = new Counter({
    name: 'flowwire_node_retries_total',
    help: 'Attempts of nodes after the first.',
    labelNames: ['reason'],
    registers,
  });
  const nodeFinished = createNodeMetrics(registry);
  return {
    committed(event) {
      if (event.type === 'node_finished') nodeFinished(event);
      if (event.type === 'node_retry') retries.inc({ reason: event.reason });
      if (event.type === 'question_asked') questions.inc({ outcome: 'asked' });
      if (event.type === 'question_answered') questions.inc({ outcome: outcomeOf(event) });
      if (event.type === 'run_finished') runs.observe({ status: event.status }, event.elapsedMs / 1000);
    },
    scheduled: (outcome) => schedules.inc({ outcome }),
  };
}

const outcomeOf = ({ reply: { type } }: QuestionAnswered) =>
  type === 'choice' || type === 'text' ? 'answered' : type;

function createNodeMetrics(registry: Registry): (event: NodeFinished) => void {
  const registers = [registry];
  const nodes = new Histogram({
    name: 'flowwire_node_duration_seconds',
    help: 'Time from the first start of a node to its end, over all attempts.',
    labelNames: ['node_type', 'status'],
    buckets: [0.001, 0.01, 0.05, 0.2, 1, 5, 20, 60, 300],
    registers,
  });
  const failures = new Counter({
    name: 'flowwire_node_failures_total',
    help: 'Nodes that failed, by type and error code.',
    labelNames: ['node_type', 'code'],
    registers,
  });
  const tokens = new Counter({
    name: 'flowwire_tokens_total',
    help: 'Tokens that nodes used, as the providers of models count them.',
    labelNames: ['kind'],
    registers,
  });
  const known = new Set<string>();
  const codeOf = (nodeType: string, code: string): string => {
    const series = `${nodeType} ${code}`;
    if (known.has(series)) return code;
    if (known.size >= MAX_FAILURE_SERIES) return 'other';
    known.add(series);
    return code;
  };
  return ({ nodeType, status, elapsedMs, tokens: used, error, reused }) => {
    if (reused) return;
    nodes.observe({ node_type: nodeType, status }, elapsedMs / 1000);
    if (error) failures.inc({ node_type: nodeType, code: codeOf(nodeType, error.code) });
    if (used.prompt > 0) tokens.inc({ kind: 'prompt' }, used.prompt);
    if (used.completion > 0) tokens.inc({ kind: 'completion' }, used.completion);
  };
}

/** A log that counts what it commits. */
export function observeRuns(log: EventLog, metrics: Pick<RunMetrics, 'committed'>): EventLog {
  return {
    ...log,
    async append(lease, firstSeq, events, change) {
      await log.append(lease, firstSeq, events, change);
      for (const event of events) metrics.committed(event);
    },
  };
}

/** A store that counts what became of the times of schedules. */
export function observeSchedules(
  schedules: ScheduleStore,
  metrics: Pick<RunMetrics, 'scheduled'>,
): ScheduleStore {
  return {
    ...schedules,
    async record(scheduleId, outcome) {
      await schedules.record(scheduleId, outcome);
      metrics.scheduled(outcome.runId === undefined ? 'not_started' : 'started');
    },
  };
}
