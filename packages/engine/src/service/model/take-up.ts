import type { WorkflowBody, WorkflowDefinition, WorkflowNode } from '../../definition/types.ts';
import type { RunEvent, StoredEvent } from '../../events.ts';
import type { ModelProvider, Run } from '../../ports.ts';
import { executeRun, StopRun } from '../../run/execute.ts';
import {
  createManualClock,
  createMemoryStore,
  createScriptedModel,
  createServices,
} from '../../testing/index.ts';

/** A model that writes a few words about what it is asked. */
export const speak = createScriptedModel(({ messages }) => `${messages[0]?.content} one two three.`);

interface Options {
  readonly models?: ModelProvider;
  readonly maxNodeCrashes?: number;
  readonly signal?: AbortSignal;
}

/** Takes a run up from a log that already has these events, and works on it to its end. */
export async function takeUp(run: Run, events: readonly StoredEvent[], options: Options = {}) {
  const { models = speak, maxNodeCrashes = 3, signal = new AbortController().signal } = options;
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const claimed = { ...run, lastSeq: events.length };
  store.seed(claimed, events);
  const services = createServices({ clock, models, validateSchema: () => [] });
  const deps = { log: store.log, services, random: () => 0, maxNodeCrashes };
  const ending = await executeRun(claimed, deps, signal);
  return { ending, events: store.events(run.id), record: store.run(run.id) };
}

export const say = (id: string, more: object = {}): WorkflowNode => ({
  id,
  type: 'llm',
  messages: [{ role: 'user', content: id }],
  ...more,
});

export const row = (...nodes: WorkflowNode[]): WorkflowBody => ({
  nodes,
  edges: nodes.slice(1).map(({ id }, index) => ({ from: nodes[index]?.id ?? '', to: id })),
});

export const line = (outputs: object, ...nodes: WorkflowNode[]): WorkflowDefinition => ({
  name: 'line',
  variables: { total: { default: 0 }, list: { default: ['a', 'b'] } },
  ...row({ id: 'start', type: 'start' }, ...nodes, { id: 'end', type: 'end', outputs: { ...outputs } }),
});

/** The events of one type. */
export const ofType = <T extends RunEvent['type']>(events: readonly StoredEvent[], type: T) =>
  // Sound: the type is what was compared.
  events.flatMap(({ event }) => (event.type === type ? [event as Extract<RunEvent, { type: T }>] : []));

/** Works on a run until the model is asked, and leaves it there. */
export async function crashAtModel(run: Run, events: readonly StoredEvent[], maxNodeCrashes?: number) {
  const stop = new AbortController();
  const models: ModelProvider = {
    async *stream(_request, signal) {
      setImmediate(() => setImmediate(() => stop.abort(new StopRun('release'))));
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield { type: 'text', text: '' };
    },
  };
  return takeUp(run, events, { models, signal: stop.signal, ...(maxNodeCrashes && { maxNodeCrashes }) });
}
