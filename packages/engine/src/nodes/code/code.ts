import { interpolateMap } from '../../definition/references.ts';
import type { CodeNode } from '../../definition/types.ts';
import type { NodeExecutor } from '../executor.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_MB = 32;

/** Its time limit is kept by the sandbox, as it counts from when a thread is free. */
export const code: NodeExecutor<CodeNode> = {
  async execute(node, { scope, services, signal }) {
    const job = {
      source: node.source,
      inputs: interpolateMap(node.inputs ?? {}, scope),
      timeoutMs: node.timeout_ms ?? DEFAULT_TIMEOUT_MS,
      memoryLimitMb: node.memory_limit_mb ?? DEFAULT_MEMORY_MB,
    };
    return { outputs: await services.code.run(job, signal) };
  },
};
