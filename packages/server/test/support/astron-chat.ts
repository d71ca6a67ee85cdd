import { createAstron, createIdentity } from '@flowwire/client';
import type {
  Delta,
  FlowEdge,
  FlowInput,
  FlowNode,
  FlowOutput,
  FlowProtocol,
  InterruptData,
  NodeInfo,
  Usage,
} from '@flowwire/contract/astron';
import type { TestServer } from './reference-server.ts';

type Server = Pick<TestServer, 'url' | 'key'>;

/** A node, with inputs by name: `nodeId.output`, or a literal. */
export function node(
  id: string,
  nodeParam: Record<string, unknown>,
  inputs: Readonly<Record<string, string>> = {},
  more: Pick<FlowNode['data'], 'outputs' | 'retryConfig'> = {},
): FlowNode {
  const aliasName = id.split('::')[0] ?? id;
  const data = {
    nodeMeta: { nodeType: 'node', aliasName },
    inputs: Object.entries(inputs).map(input),
    nodeParam,
  };
  return { id, data: { ...data, ...more } };
}

function input([name, from]: [string, string]): FlowInput {
  const [, nodeId, output] = /^([a-z-]+::\w+)\.(\w+)$/.exec(from) ?? [];
  const value =
    nodeId !== undefined && output !== undefined
      ? { type: 'ref' as const, content: { nodeId, name: output } }
      : { type: 'literal' as const, content: from };
  return { id: `in-${name}`, name, schema: { type: 'string', value } };
}

export const text = (name: string, required = false): FlowOutput => ({
  name,
  required,
  schema: { type: 'string' },
});

export const START = 'node-start::1';
export const INPUT = `${START}.AGENT_USER_INPUT`;

/** A flow whose start takes `AGENT_USER_INPUT`, with its nodes in a row unless there are edges. */
export function flow(
  nodes: readonly FlowNode[],
  edges: readonly FlowEdge[] = row(nodes),
  outputs: readonly FlowOutput[] = [text('AGENT_USER_INPUT')],
): FlowProtocol {
  const start = node(START, {}, {}, { outputs: [...outputs] });
  const [first] = nodes;
  const entry = first ? [{ sourceNodeId: START, targetNodeId: first.id }] : [];
  return { data: { nodes: [start, ...nodes], edges: [...entry, ...edges] } };
}

/** Edges from each node to the next. */
export const row = (nodes: readonly FlowNode[]): FlowEdge[] =>
  nodes.slice(1).map(({ id }, index) => ({ sourceNodeId: nodes[index]?.id ?? '', targetNodeId: id }));

export const end = (
  template: string,
  inputs: Readonly<Record<string, string>> = { input: INPUT },
): FlowNode => node('node-end::9', { outputMode: 1, template }, inputs);

export const message = (
  id: string,
  template: string,
  inputs: Readonly<Record<string, string>> = {},
): FlowNode => node(`message::${id}`, { template }, inputs);

export const model = (
  id: string,
  inputs: Readonly<Record<string, string>> = { input: INPUT },
  retryConfig?: FlowNode['data']['retryConfig'],
): FlowNode =>
  node(`spark-llm::${id}`, { domain: 'x', template: '{{input}}', respFormat: 0 }, inputs, {
    outputs: [text('output')],
    ...(retryConfig && { retryConfig }),
  });

/** Asks for free text. */
export const asking = (id: string, question: string, param: Record<string, unknown> = {}): FlowNode =>
  node(
    `question-answer::${id}`,
    {
      question,
      answerType: 'direct',
      timeout: 5,
      needReply: true,
      directAnswer: { handleResponse: false },
      ...param,
    },
    {},
    { outputs: [text('query'), text('content')] },
  );

/** Asks to choose `A` or `B`; with a default, also anything else. */
export const choosing = (id: string, question: string, hasDefault: boolean): FlowNode =>
  node(
    `question-answer::${id}`,
    {
      question,
      answerType: 'option',
      timeout: 5,
      needReply: !hasDefault,
      optionAnswer: [
        { id: `option-one-of::${id}a`, name: 'A', type: 2, content_type: 'text', content: 'The invoice' },
        { id: `option-one-of::${id}b`, name: 'B', type: 2, content_type: 'image', content: 'The receipt' },
        ...(hasDefault
          ? [{ id: `option-one-of::${id}d`, name: 'default', type: 1, content_type: 'text', content: 'Else' }]
          : []),
      ],
    },
    {},
    { outputs: [text('query'), text('id'), text('content')] },
  );

/** Edges from every option of a question to the same node. */
export const fromOptions = (id: string, targetNodeId: string, options = ['a', 'b', 'd']): FlowEdge[] =>
  options.map((option) => ({
    sourceNodeId: `question-answer::${id}`,
    targetNodeId,
    sourceHandle: `option-one-of::${id}${option}`,
  }));

/** Says hello, asks where to, and tells that. */
export const traveling = (): FlowProtocol =>
  flow([
    message('2', 'Hello. '),
    asking('3', 'Where to?'),
    end('To {{to}}.', { to: 'question-answer::3.content' }),
  ]);

/** Asks which copy, and tells what was chosen. */
export const copying = (hasDefault: boolean): FlowProtocol =>
  flow(
    [
      choosing('3', 'Which copy?', hasDefault),
      end('{{content}}!', { content: 'question-answer::3.content' }),
    ],
    fromOptions('3', 'node-end::9', hasDefault ? ['a', 'b', 'd'] : ['a', 'b']),
  );

/** Stores a flow, and publishes it and binds the server's key to it. Answers its id. */
export async function release(server: Server, protocol: FlowProtocol): Promise<string> {
  const api = createAstron({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  const flowId = await store(server, protocol);
  await api.publishFlow({ body: { flow_id: flowId, release_status: 1 } });
  await api.bindApp({ body: { flow_id: flowId, app_id: await appOf(server) } });
  return flowId;
}

export async function store(server: Server, protocol: FlowProtocol): Promise<string> {
  const api = createAstron({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  const added = await api.addLayout({ body: { name: 'Flow', data: protocol } });
  if (added.code !== 0 || !added.data) throw new Error(added.message);
  return added.data.flow_id;
}

/** What acts for the server's key. */
export const appOf = async ({ url, key }: Server): Promise<string> =>
  (await createIdentity({ baseUrl: url, auth: key }).getPrincipal()).key_id;

/** What tests look at in frames of all kinds: a member that a frame lacks is undefined. */
interface FrameData {
  readonly code: number;
  readonly message: string;
  readonly id: string;
  readonly created: number;
  readonly workflow_step: { readonly seq: number; readonly progress: number; readonly node: NodeInfo };
  readonly choices: readonly [{ readonly delta: Delta; readonly finish_reason?: string }];
  readonly usage: Usage;
  readonly event_data: InterruptData;
}

/** One server-sent event of a run. */
export interface SentFrame {
  readonly id: string | undefined;
  readonly data: FrameData;
}

/** Sends a request as any program does that knows HTTP only. */
export async function post(
  { url, key }: Server,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const received = await response.text();
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  return {
    status: response.status,
    headers: response.headers,
    text: received,
    frames: isStream ? toFrames(received) : [],
    json: isStream || received === '' ? undefined : JSON.parse(received),
  };
}

export const toFrames = (received: string): SentFrame[] =>
  received.split('\n\n').flatMap((block) => {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    return data === undefined ? [] : [{ id: /^id: (.*)$/m.exec(block)?.[1], data: JSON.parse(data) }];
  });

/** What the last frame of a stream tells. */
export function lastOf(frames: readonly SentFrame[]): FrameData {
  const last = frames.at(-1);
  if (!last) throw new Error('the stream has no frame');
  return last.data;
}

/** The text of a stream, as a person reads it. */
export const said = (frames: readonly SentFrame[]): string =>
  frames.map(({ data }) => data.choices[0].delta.content).join('');
