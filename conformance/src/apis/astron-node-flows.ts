import type { Caller, Flow } from '../api.ts';
import { flowOf, literal, type NodeSource, node, output, said, startWith } from './astron-nodes.ts';
import { coded, stored } from './astron-runs.ts';
import {
  codeSteps,
  ENDLESS,
  loneCode,
  matching,
  NO_DICT,
  RAISES,
  subflowSteps,
  TEXT_FLOW,
  WRONG_TYPE,
} from './astron-sources.ts';

const LONG = 'x'.repeat(300_000);

const condition = (text: string, pattern: string, left?: string): NodeSource =>
  matching(literal('text', text), literal('pattern', pattern), left).node;

/** An answer of a model that nothing fits. */
const IMPOSSIBLE = { ...output('n'), required: true, schema: { type: 'integer', minimum: 2, maximum: 1 } };

const NODES: readonly (readonly [what: string, code: number, node?: NodeSource])[] = [
  ['no node', 21700],
  ['a start alone', 21700, startWith()],
  ['an input that is no literal', 21700, node('message::2', 'Say', { inputs: [said('a')] })],
  ['a strange node', 22101, node('juggler::5', 'Juggle', {})],
  ['a condition without its input', 22100, condition('a', 'a', 'in-nothing')],
  ['code that fails', 21600, loneCode(RAISES)],
  ['code that answers the wrong type', 21602, loneCode(WRONG_TYPE)],
  ['code that answers no dict', 21602, loneCode(NO_DICT)],
  ['code that does not end', 21603, loneCode(ENDLESS)],
  [
    'a variable that is too large',
    20601,
    node('node-variable::2', 'Keep', { inputs: [literal('a', LONG)], nodeParam: { method: 'set' } }),
  ],
  [
    'a text that is too large',
    22302,
    node('text-joiner::2', 'Join', {
      inputs: [literal('a', LONG)],
      outputs: [output('output')],
      nodeParam: { mode: 0, prompt: '{{a}}'.repeat(4) },
    }),
  ],
  [
    'a sub-flow that is not there',
    22801,
    node('flow::5', 'Lost', {
      outputs: [output('content')],
      nodeParam: { flowId: 'nobody-has-this-id', appId: 'conformance' },
    }),
  ],
  ['a pattern that is too much work', 23100, condition(LONG, '(a?){400}(a?){400}b')],
  [
    'a model whose answer cannot fit',
    23300,
    node('spark-llm::2', 'Ask', {
      inputs: [literal('a', 'hello')],
      outputs: [IMPOSSIBLE],
      nodeParam: { domain: 'general', appId: 'conformance', template: '{{a}}', respFormat: 2 },
    }),
  ],
];

/** Why single nodes cannot be tried out, or fail. */
async function nodes(caller: Caller): Promise<void> {
  for (const [what, code, one] of NODES) await tryOut(caller, what, code, one);
}

async function tryOut(caller: Caller, what: string, code: number, one?: NodeSource): Promise<void> {
  const data = { nodes: one ? [one] : [], edges: [] };
  const body = { id: 'conformance', name: 'conformance', data };
  await caller.call('debugNode', { body }, { what, expect: coded(code) });
}

/** What goes on in another flow is told of the node that runs it; what it asks, nobody can answer. */
async function subflows(caller: Caller): Promise<void> {
  const running = async (inner: object): Promise<NodeSource | undefined> =>
    subflowSteps(await stored(caller, inner), [literal('AGENT_USER_INPUT', 'hello')])[0]?.node;
  const broken = await running(flowOf('broken', codeSteps(RAISES)));
  await tryOut(caller, 'a sub-flow whose code fails', 22801, broken);
  await tryOut(caller, 'a sub-flow that asks', 21700, await running(TEXT_FLOW));
}

const CODES: readonly (readonly [what: string, expected: number, code: string])[] = [
  ['code that fails', 21600, 'def main():\n    raise ValueError("as it should")\n'],
  ['code without main', 21601, 'def other():\n    return {}\n'],
  ['code that answers no dict', 21602, 'def main():\n    return 5\n'],
  ['code that answers too much', 21602, 'def main():\n    return {"text": "x" * 300000}\n'],
  ['code that does not end', 21603, 'def main():\n    while True: pass\n'],
];

async function codes(caller: Caller): Promise<void> {
  for (const [what, expected, code] of CODES) {
    const body = { code, app_id: 'conformance', uid: 'conformance', variables: [] };
    await caller.call('runCode', { body }, { what, expect: coded(expected) });
  }
}

/** At the same time: each of them waits ten seconds for code that does not end. */
async function nodesAndCodes(caller: Caller): Promise<void> {
  await Promise.all([nodes(caller), codes(caller)]);
}

export const NODE_FLOWS: readonly Flow[] = [
  { name: 'single nodes and code', run: nodesAndCodes },
  { name: 'single sub-flows', run: subflows },
];
