import type { NodeFinished, StoredEvent } from '../events.ts';
import type { Run } from '../ports.ts';

/** What breaks a rule that holds for every run, whatever it does. */
export function* brokenRules(run: Run, events: readonly StoredEvent[]): Generator<string> {
  yield* brokenOrder(events);
  yield* brokenNodes(events);
  yield* brokenProgress(events, run.state === 'succeeded');
  const finished = events.flatMap(({ event }) => (event.type === 'node_finished' ? [event] : []));
  const prompt = finished.reduce((sum, { tokens }) => sum + tokens.prompt, 0);
  if (run.tokens.prompt !== prompt) yield `the run counts ${run.tokens.prompt} tokens, its nodes ${prompt}`;
  if (run.steps !== finished.length) yield `the run counts ${run.steps} steps of ${finished.length}`;
}

function* brokenOrder(events: readonly StoredEvent[]): Generator<string> {
  for (const [index, { seq, event }] of events.entries()) {
    if (seq !== index + 1) yield `event ${index + 1} has the number ${seq}`;
    if ((event.type === 'run_started') !== (index === 0)) yield `event ${seq} is ${event.type}`;
    if ((event.type === 'run_finished') !== (index === events.length - 1))
      yield `event ${seq} is ${event.type}`;
  }
}

/** A node begins after its predecessor has ended, ends once, and never runs again. */
function* brokenNodes(events: readonly StoredEvent[]): Generator<string> {
  const started = new Map<string, number>();
  const ended = new Map<string, NodeFinished>();
  for (const { seq, event } of events) {
    if (event.type !== 'node_started' && event.type !== 'node_finished') continue;
    const scope = event.scope ?? '';
    const key = `${scope} ${event.nodeId}`;
    if (ended.has(key)) yield `event ${seq}: ${event.type} of ${key}, which has ended`;
    if (event.type === 'node_finished') {
      if (started.get(key) !== event.index) yield `event ${seq}: ${key} ended without having begun`;
      ended.set(key, event);
      continue;
    }
    const { predecessorId } = event;
    if (predecessorId !== undefined && !ended.has(`${scope} ${predecessorId}`)) {
      yield `event ${seq}: ${key} began before ${predecessorId} ended`;
    }
    started.set(key, event.index);
  }
  for (const key of started.keys()) if (!ended.has(key)) yield `${key} has not ended`;
}

function* brokenProgress(events: readonly StoredEvent[], isDone: boolean): Generator<string> {
  let percent = 0;
  for (const { seq, event } of events) {
    if (event.type !== 'progress') continue;
    if (event.percent <= percent) yield `event ${seq}: the progress goes from ${percent} to ${event.percent}`;
    percent = event.percent;
  }
  if (isDone !== (percent === 100)) yield `the progress ends at ${percent}`;
}
