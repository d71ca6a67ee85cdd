import type { AstronNode } from './flow.ts';

const PLATFORM = 'it runs on the platform that the flow comes from';

/** Why types have no counterpart, and what to do instead. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['plugin', `${PLATFORM}; describe its API under \`tools\` and take a tool node`],
  ['mcp', `${PLATFORM}; take a tool node over an HTTP API of the same service`],
  ['rpa', `${PLATFORM}; take an http node that starts the robot, and a question node if it takes long`],
  ['knowledge-base', 'there is no document search here; take an http node that asks a search service'],
  ['knowledge-pro-base', 'there is no document search here; take an http node that asks a search service'],
  ['knowledge-expert-base', 'there is no document search here; take an http node that asks a search service'],
  ['database', 'there is no database node here; take an http node in front of the database'],
  ['memory-add', 'there is no long-term memory here; take a variable of the conversation'],
  ['memory-search', 'there is no long-term memory here; take a variable of the conversation'],
]);

/** Why a node of a type without a counterpart cannot be imported. */
export function reasonAgainst({ type }: AstronNode): string {
  if (type === '') return 'its id must be of the form type::id, and the type says what it does';
  return REASONS.get(type) ?? `the type ${type} is unknown`;
}
