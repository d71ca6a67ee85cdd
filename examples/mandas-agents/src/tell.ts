import type { WorkflowRunEvent } from '@flowwire/contract/mandas';

/** One line about an event; undefined for events that are left out. */
export function tell(event: WorkflowRunEvent): string | undefined {
  switch (event.type) {
    case 'run.started':
      return `${event.total_steps} agents`;
    case 'run.progress':
      return `${event.percent}%`;
    case 'agent.started':
      return `${event.step}. ${event.agent_name} begins`;
    case 'agent.completed':
      return `${event.step}. ${event.agent_name} is done after ${event.duration_ms} ms`;
    case 'agent.failed':
      return `${event.step}. ${event.agent_name} failed: ${event.error.message}`;
    case 'run.failed':
      return `failed: ${event.error.message}`;
    default:
      return undefined;
  }
}
