import { type ApiSuite, type Caller, StuckError } from './api.ts';
import { createCaller } from './caller.ts';
import { coverageOf, type OperationCoverage } from './coverage.ts';
import { loadDocuments } from './documents.ts';
import { createKeys } from './keys.ts';
import { createLedger, type Entry, type Skipped } from './ledger.ts';
import { probeLimits } from './probes/limits.ts';
import { probe } from './probes/probes.ts';
import { probeStrangers } from './probes/strangers.ts';
import { probeUnmatched } from './probes/unmatched.ts';
import { createTarget } from './target.ts';

export interface SuiteOptions {
  readonly baseUrl: string;
  /** A key with ADMIN. */
  readonly key: string;
  /** A key with ADMIN of another tenant; without it, nothing is tried that takes one. */
  readonly otherKey?: string;
  readonly suites: readonly ApiSuite[];
  /** Only operations for which this answers true, and no flows; all and the flows when absent. */
  readonly only?: (operationId: string) => boolean;
  /** Milliseconds for one answer. Default: 60 s. */
  readonly timeoutMs?: number;
  readonly onEntry?: (entry: Entry) => void;
}

/** What was found out about one API. */
export interface ApiReport {
  readonly api: string;
  readonly operations: readonly OperationCoverage[];
  readonly faults: readonly Entry[];
  readonly skipped: readonly Skipped[];
}

export interface SuiteReport {
  readonly apis: readonly ApiReport[];
  readonly requests: number;
  /** Whether everything was as documented, and every documented answer seen that can be provoked. */
  readonly passed: boolean;
}

/** Holds a running server against the documents. Throws when it cannot be reached at all. */
export async function runSuite(options: SuiteOptions): Promise<SuiteReport> {
  const { suites, key, otherKey, only } = options;
  const target = createTarget({ baseUrl: options.baseUrl, timeoutMs: options.timeoutMs ?? 60_000 });
  const keys = createKeys(target, key, otherKey);
  const ledger = createLedger(options.onEntry ?? (() => undefined));
  try {
    for (const suite of suites) {
      const documents = await loadDocuments(suite);
      await runApi(suite, createCaller({ suite, ...documents, target, keys, ledger }), only);
    }
  } finally {
    await keys.close();
  }
  const apis = suites.map((suite): ApiReport => {
    const api = suite.contract.name;
    return {
      api,
      operations: coverageOf(suite, ledger, only),
      faults: ledger.entries().filter((entry) => entry.api === api && entry.fault !== undefined),
      skipped: ledger.skipped().filter((one) => one.api === api),
    };
  });
  const isClean = ({ faults, operations }: ApiReport) =>
    faults.length === 0 && operations.every(({ missing }) => missing.length === 0);
  return { apis, requests: target.sent(), passed: apis.every(isClean) };
}

async function runApi(suite: ApiSuite, caller: Caller, only: SuiteOptions['only']): Promise<void> {
  for (const model of caller.model.operations) {
    const { operationId } = model;
    const operation = suite.contract.operations[operationId];
    const make = suite.requests[operationId];
    if (!operation || !make || (only && !only(operationId))) continue;
    const valid = async () => {
      await caller.keys.renew();
      return make(caller);
    };
    await untilStuck(() => probe({ suite, caller, operation, model, valid }));
    await untilStuck(() => probeStrangers(caller, operation, valid, suite.namedByCaller ?? []));
  }
  if (only) return;
  await probeUnmatched(suite, caller);
  await untilStuck(() => probeLimits(suite, caller));
  for (const flow of suite.flows) {
    await caller.keys.renew();
    await untilStuck(() => flow.run(caller));
  }
}

/** What stopped a story is noted already; the next one begins anew. */
async function untilStuck(story: () => Promise<void>): Promise<void> {
  try {
    await story();
  } catch (error) {
    if (!(error instanceof StuckError)) throw error;
  }
}
