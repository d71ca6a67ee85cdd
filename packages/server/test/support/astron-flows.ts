import { type createAstron, isApiError } from '@flowwire/client';
import type { FlowInput, FlowNode, FlowProtocol, NewFlow } from '@flowwire/contract/astron';

type AstronClient = ReturnType<typeof createAstron>;

const START = 'node-start::1';
const END = 'node-end::2';

const question = {
  name: 'AGENT_USER_INPUT',
  required: true,
  schema: { type: 'string', description: 'What?' },
};

const referring = (name: string, nodeId: string, output: string): FlowInput => ({
  name,
  schema: { type: 'string', value: { type: 'ref', content: { nodeId, name: output } } },
});

const startNode = (outputs: FlowNode['data']['outputs'] = [question]): FlowNode => ({
  id: START,
  data: { nodeMeta: { nodeType: 'Start', aliasName: 'Begin' }, outputs },
});

const endNode = (template: string): FlowNode => ({
  id: END,
  data: {
    nodeMeta: { nodeType: 'End', aliasName: 'End' },
    inputs: [referring('output', START, 'AGENT_USER_INPUT')],
    nodeParam: { outputMode: 1, template },
  },
});

/** Says what its end's template makes of the input `AGENT_USER_INPUT`, there `{{output}}`. */
export const saying = (template: string, outputs?: FlowNode['data']['outputs']): FlowProtocol => ({
  version: 'v3.0.0',
  data: {
    nodes: [startNode(outputs), endNode(template)],
    edges: [{ sourceNodeId: START, targetNodeId: END }],
  },
});

/** As `saying('{{output}}')`, with these nodes one after the other in between. */
export const through = (...nodes: readonly FlowNode[]): FlowProtocol => {
  const row = [startNode(), ...nodes, endNode('{{output}}')];
  return {
    data: {
      nodes: row,
      edges: row.slice(1).map(({ id }, index) => ({ sourceNodeId: row[index]?.id ?? '', targetNodeId: id })),
    },
  };
};

/** A node of the type that its id begins with. */
export const nodeOf = (id: string, nodeParam: Record<string, unknown> = {}): FlowNode => ({
  id,
  data: {
    nodeMeta: { nodeType: 'Node', aliasName: 'Node' },
    inputs: [referring('text', START, 'AGENT_USER_INPUT')],
    outputs: [{ name: 'output', schema: { type: 'string' } }],
    nodeParam,
  },
});

/** Stores a flow and answers its id. */
export async function addFlow(api: AstronClient, body: NewFlow): Promise<string> {
  const { data, message } = await api.addLayout({ body });
  if (!data) throw new Error(message);
  return data.flow_id;
}

/** A stored flow, as far as tests look into it by themselves. */
interface StoredFlow {
  readonly release_status: number;
  readonly data: FlowProtocol;
}

export async function readFlow(api: AstronClient, flowId: string): Promise<StoredFlow> {
  const { data, message } = await api.getLayout({ body: { flow_id: flowId } });
  if (data === undefined || data === null) throw new Error(message);
  return JSON.parse(data);
}

/** Every frame of a build. */
export async function framesOfBuild(api: AstronClient, flowId: string): Promise<unknown[]> {
  const frames: unknown[] = [];
  for await (const frame of api.buildLayout({ path: { flow_id: flowId } })) frames.push(frame);
  return frames;
}

/** The body of an answer that refuses; whatever else became of the call. */
export async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  const outcome: unknown = await call.catch((error: unknown) => error);
  return isApiError(outcome) && outcome.status === 200 ? outcome.body : outcome;
}
