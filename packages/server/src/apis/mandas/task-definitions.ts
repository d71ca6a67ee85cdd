import type { Finding, TaskAgent } from '@flowwire/contract/mandas';
import { importDefinition, type WorkflowDefinition } from '@flowwire/engine';
import { faulty } from './refusals.ts';

/**
 * The workflow of one agent, read like the agents of any workflow, so that they mean the same. Its output is the
 * agent's.
 */
export function definitionOf(agent: TaskAgent): WorkflowDefinition | ReturnType<typeof faulty> {
  const named = { name: agent.type, ...agent };
  const text = JSON.stringify({ name: named.name, agents: [named] });
  const result = importDefinition(text, { secrets: 'refuse', format: 'mandas' });
  if (!result.ok) return faulty('VALIDATION_ERROR', 'The request', result.problems.map(toFinding));
  return agent.output_fields ? result.definition : withText(result.definition);
}

/** Problems of an agent that stands first in its workflow. */
const toFinding = ({ message, pointer = '' }: { message: string; pointer?: string }): Finding => ({
  in: 'body',
  pointer: pointer.startsWith('/agents/0') ? `/agent${pointer.slice('/agents/0'.length)}` : '/agent',
  code: 'definition',
  message,
});

/** A task comes to what its agent comes to: `text`, where it names no fields. */
function withText(definition: WorkflowDefinition): WorkflowDefinition {
  const agent = definition.nodes.find(({ type }) => type === 'agent');
  const nodes = definition.nodes.map((node) =>
    node.type === 'end' ? { ...node, outputs: { text: `{{ ${agent?.id}.text }}` } } : node,
  );
  return { ...definition, nodes };
}
