import type { AgentResult, RunProgress } from '@flowwire/contract/mandas';
import type { NodeFinished, NodeStarted, StoredEvent } from '@flowwire/engine';
import { type Agents, outputOf } from './agents.ts';
import { timestamp, toRunError, toTokenUsage } from './dialect.ts';

/** The events that `toAgentResults` and `toProgress` tell from. */
export const TOLD_EVENTS = ['node_started', 'node_retry', 'node_finished', 'progress'] as const;

/** What became of each agent of a run, in the order in which they began, told from the run's log alone. */
export function toAgentResults(agents: Agents, events: readonly StoredEvent[]): AgentResult[] {
  const results = new Map<string, AgentResult>();
  for (const { event, at } of events) {
    if (!('nodeId' in event) || !agents.has(event)) continue;
    const known = results.get(event.nodeId);
    if (event.type === 'node_started') results.set(event.nodeId, begun(agents, event, at));
    if (event.type === 'node_retry' && known)
      results.set(event.nodeId, { ...known, attempts: event.attempt });
    if (event.type === 'node_finished')
      results.set(event.nodeId, { ...known, ...finished(agents, event, at) });
  }
  return [...results.values()];
}

const named = (agents: Agents, event: NodeStarted | NodeFinished) => ({
  agent_name: agents.nameOf(event),
  agent_type: agents.typeOf(event),
});

const begun = (agents: Agents, event: NodeStarted, at: number): AgentResult => ({
  ...named(agents, event),
  status: 'RUNNING',
  attempts: event.attempt,
  started_at: timestamp(at),
});

const STATUS = { succeeded: 'COMPLETED', failed: 'FAILED', cancelled: 'CANCELLED' } as const;

const finished = (agents: Agents, event: NodeFinished, at: number): AgentResult => ({
  ...named(agents, event),
  status: STATUS[event.status],
  ...(event.status === 'succeeded' && { output: { ...outputOf(event) } }),
  ...(event.error && { error: toRunError(event.error, agents) }),
  attempts: event.attempts,
  token_usage: toTokenUsage(event.tokens),
  duration_ms: event.elapsedMs,
  completed_at: timestamp(at),
});

/** How far a run that has begun is. */
export function toProgress(
  { count }: Agents,
  results: readonly AgentResult[],
  events: readonly StoredEvent[],
): RunProgress {
  const current = results.findLast(({ status }) => status === 'RUNNING');
  const told = events.findLast(({ event }) => event.type === 'progress')?.event;
  return {
    current_step: results.length,
    total_steps: count,
    ...(current && { current_agent: current.agent_name }),
    percent: told?.type === 'progress' ? told.percent : 0,
  };
}
