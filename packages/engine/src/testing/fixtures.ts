import { systemClock } from '../clock.ts';
import type { WorkflowDefinition } from '../definition/types.ts';
import type { JsonObject, StoredEvent, TextDelta } from '../events.ts';
import type { NodeServices } from '../nodes/node-type.ts';
import type { Clock, ModelChunk, ModelProvider, ModelRequest, Run } from '../ports.ts';

/** A run as it stands after its first claim. */
export function createRun(
  definition: WorkflowDefinition,
  inputs: JsonObject = {},
  fields: Partial<Run> = {},
): Run {
  return {
    id: 'run_1',
    tenantId: 'tenant_1',
    workflowId: 'wf_1',
    version: 1,
    userId: 'user_1',
    definition,
    inputs,
    state: 'running',
    priority: 0,
    timeoutMs: 3_600_000,
    onDisconnect: 'continue',
    disconnectGraceMs: 10_000,
    tokens: { prompt: 0, completion: 0 },
    steps: 0,
    createdAt: 1_700_000_000_000,
    queuedAt: 1_700_000_000_000,
    startedAt: 1_700_000_000_000,
    lastSeq: 0,
    epoch: 1,
    cancelRequested: false,
    pauseRequested: false,
    prunedSeq: 0,
    ...fields,
  };
}

/** Services of which a test gives the ones it uses; the others fail when called. */
export function createServices(
  services: Partial<NodeServices> & { readonly clock?: Clock } = {},
): NodeServices {
  const unused = (): never => {
    throw new Error('this test gave no such service');
  };
  return {
    clock: systemClock,
    models: { stream: unused },
    http: { send: unused, close: unused },
    code: { run: unused, close: unused },
    mail: { send: unused, close: unused },
    validateSchema: unused,
    ...services,
  };
}

/** A model that writes the answer's words, one chunk each, after giving way to others. */
export function createScriptedModel(reply: (request: ModelRequest) => string): ModelProvider {
  return {
    async *stream(request, signal): AsyncGenerator<ModelChunk> {
      const words = reply(request).match(/\S+\s*/g) ?? [];
      for (const text of words) {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        yield { type: 'text', text };
      }
      const tokens = { prompt: 1, completion: words.length };
      yield { type: 'finish', model: 'scripted', tokens, finishReason: 'stop' };
    },
  };
}

/** The text that a reader of the log has in the end, by responder, discards obeyed. */
export function visibleText(events: readonly StoredEvent[]): ReadonlyMap<string, string> {
  let deltas: (TextDelta & { seq: number })[] = [];
  for (const { seq, event } of events) {
    if (event.type === 'text_delta') deltas.push({ seq, ...event });
    if (event.type !== 'node_retry') continue;
    deltas = deltas.filter(
      ({ seq, nodeId, scope }) =>
        nodeId !== event.nodeId || scope !== event.scope || seq < event.discardFromSeq,
    );
  }
  const texts = new Map<string, string>();
  for (const { responderId, text } of deltas) texts.set(responderId, (texts.get(responderId) ?? '') + text);
  return texts;
}
