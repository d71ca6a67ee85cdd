import type { EventLog } from '@flowwire/engine';
import type { RequestInfo } from '@flowwire/koa';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server measures of itself, in Prometheus' terms. */
export interface Metrics {
  readonly registry: Registry;
  requestEnded(request: RequestInfo): void;
  runEnded(run: { status: string; elapsedMs: number }): void;
}

interface Counts {
  readonly waiting: number;
  readonly active: number;
}

/** Creates the metrics. `queueCounts` is read at each scrape. */
export function createMetrics(queueCounts: () => Counts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'flowwire_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer; streams count until they end.',
    labelNames: ['operation', 'method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300],
    registers: [registry],
  });
  const runs = new Histogram({
    name: 'flowwire_run_duration_seconds',
    help: 'Time from the begin of a run to its end, by final state.',
    labelNames: ['status'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 20, 60, 300],
    registers: [registry],
  });
  new Gauge({
    name: 'flowwire_runs',
    help: 'Runs of this process that wait or are under way.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { waiting, active } = queueCounts();
      this.set({ state: 'queued' }, waiting);
      this.set({ state: 'running' }, active);
    },
  });
  // Looked up once for each combination, of which the documents bound the number: labels cost a hash each time.
  const requestSeries = new Map<string, ReturnType<typeof requests.labels>>();
  return {
    registry,
    requestEnded({ operationId = 'none', method, status, durationMs }) {
      const key = `${operationId} ${method} ${status}`;
      const known = requestSeries.get(key);
      const series = known ?? requests.labels(operationId, method, String(status));
      if (!known) requestSeries.set(key, series);
      series.observe(durationMs / 1000);
    },
    runEnded: ({ status, elapsedMs }) => runs.observe({ status }, elapsedMs / 1000),
  };
}

/** A log that counts the runs whose end it commits. */
export function observeRuns(log: EventLog, metrics: Pick<Metrics, 'runEnded'>): EventLog {
  return {
    ...log,
    async append(lease, firstSeq, events, change) {
      await log.append(lease, firstSeq, events, change);
      for (const event of events) if (event.type === 'run_finished') metrics.runEnded(event);
    },
  };
}
