import type { RunStore } from '@flowwire/engine';
import type { RequestInfo } from '@flowwire/koa';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { createRunMetrics, type RunMetrics } from './run-metrics.ts';

/** What the server measures of itself, in Prometheus' terms. */
export interface Metrics extends RunMetrics {
  readonly registry: Registry;
  requestEnded(request: RequestInfo): void;
}

/** Creates the metrics. The runs of the store are counted at each scrape. */
export function createMetrics(runs: Pick<RunStore, 'countActive'>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  createRunGauge(registry, runs);
  return { registry, requestEnded: createRequestMetrics(registry), ...createRunMetrics(registry) };
}

function createRunGauge(registry: Registry, runs: Pick<RunStore, 'countActive'>): void {
  new Gauge({
    name: 'flowwire_runs',
    help: 'Runs that have not ended, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      for (const [state, count] of Object.entries(await runs.countActive())) this.set({ state }, count);
    },
  });
}

function createRequestMetrics(registry: Registry): Metrics['requestEnded'] {
  const requests = new Histogram({
    name: 'flowwire_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer; streams count until they end.',
    labelNames: ['operation', 'method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300],
    registers: [registry],
  });
  // Looked up once for each combination, of which the documents bound the number: labels cost a hash each time.
  const requestSeries = new Map<string, ReturnType<typeof requests.labels>>();
  return ({ operationId = 'none', method, status, durationMs }) => {
    const key = `${operationId} ${method} ${status}`;
    const known = requestSeries.get(key);
    const series = known ?? requests.labels(operationId, method, String(status));
    if (!known) requestSeries.set(key, series);
    series.observe(durationMs / 1000);
  };
}
