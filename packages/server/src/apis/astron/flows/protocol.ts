import type { Finding, FlowChanges, FlowNode, FlowProtocol } from '@flowwire/contract/astron';
import { astronServer } from '@flowwire/contract/astron/server';
import {
  type ImportRow,
  importDefinition,
  type WorkflowDefinition,
  type WorkflowSource,
  withoutCredentials,
} from '@flowwire/engine';
import { type CheckSchema, type Fault, faultsOf } from '../../definition-faults.ts';
import type { ErrorName } from '../errors.ts';

/** Why a flow cannot be built. Pointers are into a `StoredFlow`, and so also into a body with `data`. */
export interface FlowFaults {
  readonly error: ErrorName;
  readonly detail: string;
  readonly findings: readonly Finding[];
}

export type ImportedProtocol =
  | {
      readonly ok: true;
      readonly definition: WorkflowDefinition;
      /** The protocol as it is kept: without credentials. */
      readonly source: WorkflowSource;
      readonly places: Places;
    }
  | ({ readonly ok: false } & FlowFaults);

type Place = Pick<Finding, 'pointer' | 'node_id'>;

/** Where nodes and edges of a flow stand in it. */
export interface Places {
  ofLine(line: number, nodeId: string | undefined): Place;
  /** By the id of a node that it became. */
  ofImported(id: string | undefined): Place;
  ofFault(fault: Fault): Finding;
}

const GRAPH = '/data/data';

/** Makes a definition of a flow, or tells everything that is wrong with it. */
export async function importProtocol(
  protocol: FlowProtocol,
  checkSchema: CheckSchema,
): Promise<ImportedProtocol> {
  const result = importDefinition(toText(protocol), { format: 'astron', secrets: 'move' });
  const places = createPlaces(protocol, result.rows);
  if (!result.ok) {
    const findings = [
      ...result.problems.map(({ message, line, nodeId }) => ({ ...places.ofLine(line, nodeId), message })),
      ...result.findings.map(({ message, nodeId }) => ({ ...places.ofImported(nodeId), message })),
    ];
    return { ok: false, ...toFaults(findings, result.rows) };
  }
  const { definition } = result;
  const faults = await faultsOf(definition, checkSchema);
  if (faults.length > 0) return { ok: false, ...toFaults(faults.map(places.ofFault), result.rows) };
  const text = JSON.stringify(withoutAnyCredentials(protocol));
  return { ok: true, definition, source: { format: 'astron', text }, places };
}

/** A flow's protocol as it was stored; undefined for a workflow of another form. */
export function readProtocol(source: WorkflowSource | undefined): FlowProtocol | undefined {
  if (source?.format !== 'astron') return undefined;
  const changes: unknown = { data: parseJson(source.text) };
  return isFlowChanges(changes) ? changes.data : undefined;
}

/** A definition under the name and description of its flow. */
export function withLabels(
  { description: _own, ...definition }: WorkflowDefinition,
  name: string,
  description: string,
): WorkflowDefinition {
  return { ...definition, name, ...(description !== '' && { description }) };
}

/** A fault in words: where it is, the flow itself cannot show. */
export const describeFault = ({ pointer, message }: Pick<Fault, 'pointer' | 'message'>): string =>
  `at ${pointer || '/'} of the definition that it becomes: ${message}`;

/** Counts in words: `1 fault`, `2 faults`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The importer tells lines. So each node and each edge has one of its own: nodes begin at the second. */
function toText({ data: { nodes, edges } }: FlowProtocol): string {
  const lines = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).join(',\n');
  return `{"nodes":[\n${lines(nodes)}\n],"edges":[\n${lines(edges)}\n]}`;
}

function createPlaces({ data: { nodes, edges } }: FlowProtocol, rows: readonly ImportRow[]): Places {
  const indexes = new Map(nodes.map(({ id }, index) => [id, index]));
  const origins = new Map(rows.flatMap(({ nodeId, importedAs }) => importedAs.map(({ id }) => [id, nodeId])));
  const firstEdge = Math.max(nodes.length, 1) + 3;
  const pointerTo = (line: number): string => {
    if (line >= 2 && line < nodes.length + 2) return `${GRAPH}/nodes/${line - 2}`;
    if (line >= firstEdge && line < firstEdge + edges.length) return `${GRAPH}/edges/${line - firstEdge}`;
    return GRAPH;
  };
  const ofImported = (id: string | undefined): Place => {
    const origin = id === undefined ? undefined : origins.get(id);
    const index = origin === undefined ? undefined : indexes.get(origin);
    if (origin === undefined || index === undefined) return { pointer: GRAPH };
    return { pointer: `${GRAPH}/nodes/${index}`, node_id: origin };
  };
  return {
    ofLine: (line, nodeId) => ({
      pointer: pointerTo(line),
      ...(nodeId !== undefined && indexes.has(nodeId) && { node_id: nodeId }),
    }),
    ofImported,
    // The flow's inputs are what its start node gives.
    ofFault: (fault) => ({
      ...(fault.pointer.startsWith('/inputs') ? startOf(nodes) : ofImported(fault.nodeId)),
      message: describeFault(fault),
    }),
  };
}

function startOf(nodes: readonly FlowNode[]): Place {
  const index = nodes.findIndex(({ id }) => id.startsWith('node-start::'));
  const start = nodes[index];
  return start ? { pointer: `${GRAPH}/nodes/${index}`, node_id: start.id } : { pointer: GRAPH };
}

function toFaults(findings: readonly Finding[], rows: readonly ImportRow[]): FlowFaults {
  const unsupported = rows.filter(({ status }) => status === 'unsupported').length;
  return unsupported > 0
    ? { error: 'ENG_NODE_PROTOCOL_VALIDATE_ERROR', detail: counted(unsupported, 'node'), findings }
    : { error: 'ENG_PROTOCOL_VALIDATE_ERROR', detail: counted(findings.length, 'fault'), findings };
}

const withoutAnyCredentials = (protocol: FlowProtocol): FlowProtocol => ({
  ...protocol,
  data: { ...protocol.data, nodes: protocol.data.nodes.map(withoutNodeCredentials) },
});

function withoutNodeCredentials(node: FlowNode): FlowNode {
  const { nodeParam } = node.data;
  if (!nodeParam) return node;
  return { ...node, data: { ...node.data, nodeParam: withoutCredentials(nodeParam) } };
}

const isChanges = astronServer.inputs.updateLayout.body;

/** Sound: the generated validator is that of the type. */
const isFlowChanges = (value: unknown): value is FlowChanges => isChanges?.(value) === true;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A workflow that another API imported may have come as YAML: it is no protocol.
    return undefined;
  }
}
