import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { WorkflowDefinition } from '../../definition/types.ts';
import { type CodeLanguage, type CodeSandbox, createCodeSandbox } from '../../nodes/code/sandbox.ts';
import {
  createMemoryQueue,
  createMemoryStore,
  createMemoryWake,
  createServices,
} from '../../testing/index.ts';
import { createRunService } from '../run-service.ts';

const TENANT = 'tenant_1';
/** Far below the node's own time-out. `npm run bench -- code` measures the second that is promised. */
const LIMIT_MS = 20_000;

const code = createCodeSandbox({ maxWorkers: 1 });
afterAll(() => code.close());

const busy = (language: CodeLanguage, source: string): WorkflowDefinition => ({
  name: 'busy',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'spin', type: 'code', language, source, timeout_ms: 600_000 },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'spin' },
    { from: 'spin', to: 'end' },
  ],
});

describe('code that never ends', () => {
  test.each<[CodeLanguage, string, string]>([
    ['javascript', 'function main() { return {}; }', 'function main() { for (;;) {} }'],
    ['python', 'def main():\n  return {}', 'def main():\n  while True:\n    pass'],
  ])(
    'in %s is stopped by a cancel',
    async (language, quick, endless) => {
      const never = new AbortController().signal;
      // The interpreter has started when it has answered once; that takes Python a while.
      const warmUp = {
        isolationKey: TENANT,
        language,
        source: quick,
        inputs: {},
        timeoutMs: 60_000,
        memoryLimitMb: 128,
      };
      await code.run(warmUp, never);

      let begin: (spinning: { readonly ended: Promise<unknown> }) => void;
      const begun = new Promise<{ readonly ended: Promise<unknown> }>((resolve) => {
        begin = resolve;
      });
      const watched: CodeSandbox = {
        ...code,
        run(job, signal) {
          const result = code.run(job, signal);
          begin({ ended: result.catch((error: unknown) => error) });
          return result;
        },
      };
      const wake = createMemoryWake();
      const store = createMemoryStore({ wake, clock: systemClock });
      const definition = busy(language, endless);
      await store.workflows.create({ id: 'wf', tenantId: TENANT, definition, createdAt: 0 });
      const service = createRunService({
        ...store,
        queue: createMemoryQueue(),
        wake,
        services: createServices({ clock: systemClock, code: watched, validateSchema: () => [] }),
        owner: 'boot_1',
        onError: (error) => {
          throw error;
        },
      });
      await service.recover();
      const started = await service.start({ tenantId: TENANT, workflowId: 'wf', userId: 'u', inputs: {} });
      if (!('run' in started)) throw new Error(started.outcome);
      const { run } = started;
      // A node that has started may not have come to its code yet.
      const { ended } = await begun;

      expect(await service.cancel(TENANT, run.id)).toMatchObject({ outcome: 'done' });
      expect(await service.result(run, AbortSignal.timeout(LIMIT_MS))).toMatchObject({ state: 'cancelled' });
      expect(await ended).toBeInstanceOf(Error);
      await service.drain(1_000);
    },
    60_000,
  );
});
