/** What flows in astron-agent's own form are put together of. */

export interface NodeSource {
  readonly id: string;
  readonly data: object;
}

/** A node of a row, with what belongs to it. */
export interface Step {
  readonly node: NodeSource;
  /** The outcomes that lead on; plain success when absent. */
  readonly handles?: readonly string[];
  /** The graph inside of it. */
  readonly inside?: { readonly nodes: readonly NodeSource[]; readonly edges: readonly object[] };
}

const input = (name: string, type: string, value: object) => ({
  id: `in-${name}`,
  name,
  schema: { type, value },
});

export const ref = (name: string, nodeId: string, outputName: string, type = 'string') =>
  input(name, type, { type: 'ref', content: { nodeId, name: outputName } });

export const literal = (name: string, content: unknown, type = 'string') =>
  input(name, type, { type: 'literal', content });

export const output = (name: string, type = 'string') => ({ id: `out-${name}`, name, schema: { type } });

export const node = (id: string, aliasName: string, data: object): NodeSource => ({
  id,
  data: { nodeMeta: { nodeType: 'conformance', aliasName }, inputs: [], outputs: [], nodeParam: {}, ...data },
});

const START_ID = 'node-start::1';
const END_ID = 'node-end::9';

const QUERY = { ...output('AGENT_USER_INPUT'), required: true };

/** A start that takes the user's text, and what else is told. */
export const startWith = (...more: readonly object[]): NodeSource =>
  node(START_ID, 'Start', { outputs: [QUERY, ...more] });

/** The user's text, under another name. */
export const said = (name: string) => ref(name, START_ID, 'AGENT_USER_INPUT');

/** An end that answers one text. */
export const endOf = (shown: object): Step => ({
  node: node(END_ID, 'End', {
    inputs: [{ ...shown, name: 'output' }],
    nodeParam: { outputMode: 1, template: '{{output}}', streamOutput: true },
  }),
});

/** An end that answers JSON. */
export const jsonEnd = (inputs: readonly object[]): Step => ({
  node: node(END_ID, 'End', { inputs, nodeParam: { outputMode: 0 } }),
});

export const edge = (sourceNodeId: string, targetNodeId: string, sourceHandle?: string) => ({
  sourceNodeId,
  targetNodeId,
  ...(sourceHandle !== undefined && { sourceHandle }),
});

/** A flow of these steps, each of whose outcomes leads to the next one. */
export function flowOf(name: string, steps: readonly Step[], start = startWith()) {
  const row: readonly Step[] = [{ node: start }, ...steps];
  const edges = row.slice(1).flatMap(({ node: { id } }, index) => {
    const { node: from, handles = [undefined] } = row[index] ?? { node: start };
    return handles.map((handle) => edge(from.id, id, handle));
  });
  return {
    id: 'conformance',
    name,
    description: '',
    version: 'v3.0.0',
    data: {
      nodes: row.flatMap(({ node: one, inside }) => [one, ...(inside?.nodes ?? [])]),
      edges: [...edges, ...row.flatMap(({ inside }) => inside?.edges ?? [])],
    },
  };
}
