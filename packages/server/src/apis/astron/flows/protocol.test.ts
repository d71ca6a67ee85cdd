import type { FlowEdge, FlowNode, FlowProtocol } from '@flowwire/contract/astron';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importProtocol, readProtocol } from './protocol.ts';

const node = (id: string, aliasName: string, data: Partial<FlowNode['data']> = {}): FlowNode => ({
  id,
  data: { nodeMeta: { nodeType: 'Node', aliasName }, inputs: [], outputs: [], nodeParam: {}, ...data },
});

const START = node('node-start::s', 'Start');
const END = node('node-end::e', 'End', { nodeParam: { outputMode: 0 } });
const message = (index: number, name: string) =>
  node(`message::${index}`, name, { nodeParam: { template: 'x' } });

/** Messages of these names, one after the other. */
function rowOf(names: readonly string[]): { nodes: FlowNode[]; edges: FlowEdge[] } {
  const nodes = [START, ...names.map((name, index) => message(index, name)), END];
  const edges = nodes
    .slice(1)
    .map(({ id }, index) => ({ sourceNodeId: nodes[index]?.id ?? '', targetNodeId: id }));
  return { nodes, edges };
}

const findingsOf = async (data: FlowProtocol['data']) => {
  const imported = await importProtocol({ data }, () => []);
  return imported.ok ? [] : imported.findings;
};

// What a line could be taken to end at, or JSON to be broken by.
const title = fc.string({
  unit: fc.oneof(fc.constantFrom('\n', '\r', '\u2028', '\u0085', '"', '{', '#'), fc.string({ maxLength: 1 })),
});

test('a fault points to its node or edge, wherever that stands and whatever is written around it', async () => {
  const places = fc.tuple(fc.array(title, { maxLength: 8 }), fc.nat({ max: 20 }), fc.nat({ max: 20 }));
  await fc.assert(
    fc.asyncProperty(places, async ([names, nodeAt, edgeAt]) => {
      const { nodes, edges } = rowOf(names);
      const [nodePlace, edgePlace] = [nodeAt % (nodes.length + 1), edgeAt % (edges.length + 1)];
      nodes.splice(nodePlace, 0, node('rpa::x', 'Robot'));
      edges.splice(edgePlace, 0, { sourceNodeId: 'node-start::s', targetNodeId: 'message::none' });
      const findings = await findingsOf({ nodes, edges });
      expect(findings).toContainEqual({
        pointer: `/data/data/nodes/${nodePlace}`,
        node_id: 'rpa::x',
        message: expect.stringContaining('rpa'),
      });
      expect(findings).toContainEqual({
        pointer: `/data/data/edges/${edgePlace}`,
        message: expect.stringContaining('message::none'),
      });
    }),
    { numRuns: 50 },
  );
});

test('a sound flow has no findings, and is kept as it was sent', async () => {
  const protocol = { x_editor: { zoom: 2 }, data: rowOf(['one', 'two']) };
  const imported = await importProtocol(protocol, () => []);
  expect(imported.ok && readProtocol(imported.source)).toEqual(protocol);
});

test('a fault that only the definition shows is told with its place there', async () => {
  const start = node('node-start::s', 'Start', { outputs: [{ name: 'text', schema: { type: 'string' } }] });
  const { edges } = rowOf([]);
  const problem = { pointer: '/properties/text', code: 'odd', message: 'is odd' };
  const imported = await importProtocol({ data: { nodes: [start, END], edges } }, () => [problem]);
  expect(imported).toMatchObject({
    ok: false,
    error: 'ENG_PROTOCOL_VALIDATE_ERROR',
    findings: [
      {
        pointer: '/data/data/nodes/0',
        node_id: 'node-start::s',
        message: 'at /inputs/properties/text of the definition that it becomes: is odd',
      },
    ],
  });
});

test.each([
  ['YAML', 'nodes: []'],
  ['a graph without its protocol', '{"nodes":[],"edges":[]}'],
  ['a broken text', '{'],
])('%s is no protocol', (_name, text) => {
  expect(readProtocol({ format: 'astron', text })).toBeUndefined();
  expect(readProtocol({ format: 'mandas', text: '{"data":{"nodes":[],"edges":[]}}' })).toBeUndefined();
  expect(readProtocol(undefined)).toBeUndefined();
});
