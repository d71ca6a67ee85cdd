import type { Convert } from '../conversion.ts';
import { textAt } from '../place.ts';

/** Why nodes of a type cannot be imported, and what to do instead. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['knowledge-retrieval', 'there are no knowledge bases here; ask a search service with an http node'],
  ['knowledge-index', 'there are no knowledge bases here'],
  ['document-extractor', 'documents are not parsed here; let an http node ask a service for their text'],
  ['datasource', 'there are no data sources here; fetch the data with an http node'],
  ['datasource-empty', 'there are no data sources here; fetch the data with an http node'],
  ['trigger-webhook', 'a workflow has one start node; run it from the webhook through the API'],
  ['trigger-schedule', 'a workflow has one start node; give it a schedule after the import'],
  ['trigger-plugin', 'a workflow has one start node; run it from the plugin through the API'],
  ['agent', 'its strategy and tools are plugins; write an agent node with tools from OpenAPI documents'],
  ['command', 'there is no shell here; use a code node'],
  ['file-upload', 'there are no uploads here; use an http node'],
]);

const TOOL_REASONS: ReadonlyMap<string, string> = new Map([
  ['workflow', 'the other workflow is not in this file; import it and call it with a subflow node'],
  ['app', 'the other app is not in this file; import it and call it with a subflow node'],
  [
    'api',
    "the API's OpenAPI document is not in this file; put it under `tools` and call it with a tool node",
  ],
  ['mcp', 'MCP servers are not called here; use a tool node with an OpenAPI document, or an http node'],
  ['dataset-retrieval', 'there are no knowledge bases here; ask a search service with an http node'],
]);

export const convertTool: Convert = ({ data, problem }) => {
  const name = textAt(data, 'tool_name')?.slice(0, 60) ?? '';
  const reason = TOOL_REASONS.get(textAt(data, 'provider_type') ?? '');
  const plugin = 'plugins do not run here; use a tool node with an OpenAPI document, or an http node';
  problem(`the tool ${JSON.stringify(name)} cannot be imported: ${reason ?? plugin}`);
  return [];
};

export const convertUnsupported: Convert = ({ node, problem }) => {
  const reason = REASONS.get(node.type) ?? `there is no node type ${JSON.stringify(node.type.slice(0, 40))}`;
  problem(reason);
  return [];
};
