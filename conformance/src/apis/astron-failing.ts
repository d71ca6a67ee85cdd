import type { Caller } from '../api.ts';
import { endOf, flowOf, jsonEnd, literal, node, output, ref, type Step, said } from './astron-nodes.ts';
import { stored, uploaded } from './astron-runs.ts';
import {
  codeSteps,
  ENDLESS,
  longQuestion,
  matching,
  NO_DICT,
  RAISES,
  REPEATS,
  subflowSteps,
  WRONG_TYPE,
  within,
} from './astron-sources.ts';

/** A flow whose run fails, and the code that says why. */
export interface FailingFlow {
  readonly what: string;
  readonly code: number;
  /** What the user says. */
  readonly text?: string;
  readonly steps: (caller: Caller) => readonly Step[] | Promise<readonly Step[]>;
}

// Together they are more than one attempt of a node may read, and one alone more than a variable may hold.
const LONG = 'x'.repeat(300_000);
const TIMES = 15;
const TOO_MUCH = '{{a}}'.repeat(TIMES);

const one = (id: string, name: string, data: object): readonly Step[] => [
  { node: node(id, name, { inputs: [said('a')], outputs: [output('output')], ...data }) },
  endOf(ref('output', id, 'output')),
];

const MODEL = { domain: 'general', appId: 'conformance' };

const message = (template: string): readonly Step[] => [
  { node: node('message::2', 'Say', { inputs: [said('a')], nodeParam: { template } }) },
  endOf(said('output')),
];

const variable: readonly Step[] = [
  { node: node('node-variable::2', 'Keep', { inputs: [said('a')], nodeParam: { method: 'set' } }) },
  endOf(said('output')),
];

const FIRST = 'iteration-node-start::3a';
const LAST = 'iteration-node-end::3z';

/** Goes through the user's text as if it were a list. */
const iteration: readonly Step[] = [
  {
    node: node('iteration::3', 'Each', {
      inputs: [said('items')],
      outputs: [output('result', 'array')],
      nodeParam: { IterationStartNodeId: FIRST },
    }),
    inside: {
      nodes: [
        node(FIRST, 'Begin', { outputs: [output('items')] }),
        node(LAST, 'Finish', { inputs: [ref('result', FIRST, 'items')] }),
      ],
      edges: [{ sourceNodeId: FIRST, targetNodeId: LAST }],
    },
  },
  endOf(ref('output', 'iteration::3', 'result', 'array')),
];

/** Does not give the other flow what it needs. */
const subflow = async (caller: Caller): Promise<readonly Step[]> => subflowSteps(await stored(caller), []);

/** The node that fails is the other flow's, and this one has a node of the same id. */
const brokenSubflow = async (caller: Caller): Promise<readonly Step[]> => {
  const inner = await stored(caller, flowOf('broken', codeSteps(RAISES)));
  return [...codeSteps(REPEATS).slice(0, 1), ...subflowSteps(inner, [said('AGENT_USER_INPUT')])];
};

/** One pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const MOST_PICTURES = 20;

/** To read that many files takes longer than a millisecond, whatever the model does. */
const slowModel = async (caller: Caller): Promise<readonly Step[]> => {
  const url = await uploaded(caller, new File([PIXEL], 'pixel.png', { type: 'image/png' }));
  const pictures = literal('SYSTEM_IMAGE', Array(MOST_PICTURES).fill(url), 'array');
  const nodeParam = { ...MODEL, template: 'What is this?' };
  return one('spark-llm::2', 'Look', { inputs: [pictures], nodeParam, retryConfig: within(0.001) });
};

/** Of each kind of node one that fails. */
export const FAILING: readonly FailingFlow[] = [
  { what: 'code that fails', code: 21600, steps: () => codeSteps(RAISES) },
  { what: 'code that answers the wrong type', code: 21602, steps: () => codeSteps(WRONG_TYPE) },
  { what: 'code that answers no dict', code: 21602, steps: () => codeSteps(NO_DICT) },
  { what: 'code that does not end', code: 21603, steps: () => codeSteps(ENDLESS, 0.3) },
  { what: 'a variable that is too large', code: 20601, text: LONG, steps: () => variable },
  {
    what: 'a text that is too large',
    code: 22302,
    text: LONG,
    steps: () => one('text-joiner::2', 'Join', { nodeParam: { mode: 0, prompt: TOO_MUCH } }),
  },
  { what: 'a model that takes too long', code: 22303, steps: slowModel },
  {
    what: 'an end that is too large',
    code: 22601,
    text: LONG,
    steps: () => [jsonEnd(Array.from({ length: TIMES }, (_, index) => said(`part_${index}`)))],
  },
  { what: 'a message that is too large', code: 22701, text: LONG, steps: () => message(TOO_MUCH) },
  { what: 'a sub-flow without its input', code: 22801, steps: subflow },
  { what: 'a sub-flow whose code fails', code: 22801, steps: brokenSubflow },
  {
    what: 'a condition that is no pattern',
    code: 23100,
    text: '(',
    steps: () => [matching(said('text'), said('pattern')), endOf(said('output'))],
  },
  { what: 'an iteration over a text', code: 23200, steps: () => iteration },
  {
    what: 'a prompt that is too large',
    code: 23300,
    text: LONG,
    steps: () => one('spark-llm::2', 'Ask', { nodeParam: { ...MODEL, template: TOO_MUCH } }),
  },
  { what: 'a question that is too large', code: 23800, text: LONG, steps: () => longQuestion(TOO_MUCH) },
];
