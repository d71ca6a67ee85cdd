import { createScope } from '../../../definition/references.ts';
import type { WorkflowDefinition } from '../../../definition/types.ts';
import type { JsonObject } from '../../../events.ts';
import { createServices } from '../../../testing/fixtures.ts';
import type { NodeContext, NodeServices } from '../../node-type.ts';

/** The first attempt of a node whose references see `values`, by node or root. */
export function createContext(
  services: Partial<NodeServices>,
  values: Readonly<Record<string, JsonObject>> = {},
  tools: NonNullable<WorkflowDefinition['tools']> = {},
): NodeContext {
  return {
    scope: createScope({ valuesOf: (name) => values[name] }, 'call'),
    inputs: {},
    definition: { name: 'test', nodes: [], edges: [], tools },
    signal: new AbortController().signal,
    services: createServices(services),
    tenantId: 'tenant_1',
    idempotencyKey: 'run_1/call',
    history: [],
    writeText: () => undefined,
    writeReasoning: () => undefined,
  };
}
