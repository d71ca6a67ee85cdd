/** Flows in astron-agent's own form that need no network. */
import {
  edge,
  endOf,
  flowOf,
  literal,
  node,
  output,
  ref,
  type Step,
  said,
  startWith,
} from './astron-nodes.ts';

/** Answers what it was told. */
export const ECHO_FLOW = flowOf('echo', [endOf(said('output'))]);

const QUESTION = 'question-answer::4';
const THE_ANSWER = ref('output', QUESTION, 'content');

const OPTIONS = [
  { id: 'option-one-of::a', name: 'A', type: 2, content_type: 'text', content: 'The first' },
  { id: 'option-one-of::b', name: 'B', type: 2, content_type: 'text', content: 'The second' },
];

/** Asks which of two options, and answers the one that was chosen. */
export const OPTION_FLOW = flowOf('options', [
  {
    node: node(QUESTION, 'Which', {
      outputs: [output('query'), output('id'), output('content')],
      nodeParam: {
        question: 'Which one?',
        answerType: 'option',
        timeout: 3,
        needReply: true,
        optionAnswer: OPTIONS,
      },
    }),
    handles: OPTIONS.map(({ id }) => id),
  },
  endOf(THE_ANSWER),
]);

const asking = (id: string, question: string, needReply: boolean): Step => ({
  node: node(id, 'Why', {
    inputs: [said('a')],
    outputs: [output('query'), { ...output('content'), schema: { type: 'string', default: 'nothing' } }],
    nodeParam: { question, answerType: 'direct', timeout: 3, needReply, directAnswer: {} },
  }),
});

/** Asks for a text, which need not be given. */
export const TEXT_FLOW = flowOf('a text', [asking(QUESTION, 'Why?', false), endOf(THE_ANSWER)]);

/** The same steps, once a person has answered. */
export const afterQuestion = (name: string, steps: readonly Step[]) =>
  flowOf(name, [asking(QUESTION, 'Go on?', true), ...steps]);

/** A question of so much text. */
export const longQuestion = (text: string): readonly Step[] => {
  const id = 'question-answer::6';
  return [asking(id, text, true), endOf(ref('output', id, 'content'))];
};

const CODE = 'ifly-code::3';

/** Code for nodes whose input is `text`. */
export const REPEATS = 'def main(text):\n    return {"result": text}\n';
export const RAISES = 'def main(text):\n    raise ValueError("as it should")\n';
export const WRONG_TYPE = 'def main(text):\n    return {"result": 5}\n';
export const NO_DICT = 'def main(text):\n    return text\n';
export const ENDLESS = 'def main(text):\n    while True: pass\n';

const codeNode = (code: string, text: object, more: object = {}) =>
  node(CODE, 'Code', {
    inputs: [text],
    outputs: [output('result')],
    nodeParam: { code, appId: 'conformance', uid: 'conformance' },
    ...more,
  });

/** Runs Python with the user's input as `text`, at most so many seconds where it is told. */
export const codeSteps = (code: string, seconds?: number): readonly Step[] => [
  { node: codeNode(code, said('text'), seconds === undefined ? {} : { retryConfig: within(seconds) }) },
  endOf(ref('output', CODE, 'result')),
];

/** A node of Python that is to run alone. */
export const loneCode = (code: string) => codeNode(code, literal('text', 'hello'));

/** One attempt of so many seconds, upon whose failure the run ends. */
export const within = (seconds: number) => ({
  shouldRetry: true,
  maxRetries: 0,
  timeout: seconds,
  errorStrategy: 0,
});

/** Asks for a text, while code is at work. */
export const BUSY_QUESTION_FLOW = {
  ...TEXT_FLOW,
  data: {
    nodes: [...TEXT_FLOW.data.nodes, codeNode(ENDLESS, said('text'))],
    edges: [...TEXT_FLOW.data.edges, edge('node-start::1', CODE), edge(CODE, 'node-end::9')],
  },
};

/** Goes on whether a text matches a pattern or not. `left` is the id of the input that is looked at. */
export function matching(text: { id: string }, pattern: { id: string }, left = text.id): Step {
  const test = { leftVarIndex: left, rightVarIndex: pattern.id, compareOperator: 'regex_contains' };
  const cases = [
    { id: 'branch_one_of::a', level: 1, logicalOperator: 'and', conditions: [test] },
    { id: 'branch_one_of::b', level: 999, logicalOperator: 'and', conditions: [] },
  ];
  return {
    node: node('if-else::2', 'Whether', { inputs: [text, pattern], nodeParam: { cases } }),
    handles: cases.map(({ id }) => id),
  };
}

/** Runs another flow, with these inputs. */
export const subflowSteps = (flowId: string, inputs: readonly object[]): readonly Step[] => [
  {
    node: node('flow::5', 'Other', {
      inputs,
      outputs: [output('content')],
      nodeParam: { flowId, appId: 'conformance' },
    }),
  },
  endOf(ref('output', 'flow::5', 'content')),
];

/** Runs another flow with what it is told. */
export const subflowOf = (flowId: string) =>
  flowOf('sub-flow', subflowSteps(flowId, [said('AGENT_USER_INPUT')]));

/** Takes the address of a picture. */
export const PICTURE_FLOW = flowOf(
  'picture',
  [endOf(said('output'))],
  startWith({ ...output('picture'), fileType: 'file', allowedFileType: ['image'] }),
);

/** A graph whose one node joins text. */
export const JOINER_GRAPH = {
  nodes: [
    node('text-joiner::2', 'Join', {
      inputs: [literal('a', 'hello')],
      outputs: [output('output')],
      nodeParam: { mode: 0, prompt: '{{a}}, world' },
    }),
  ],
  edges: [],
};

/** A node of a kind that no engine has. */
export const STRANGE_FLOW = flowOf('strange', [
  { node: node('juggler::5', 'Juggle', {}) },
  endOf(said('output')),
]);

/** An edge leads to a node that is not there. */
export const BROKEN_FLOW = {
  ...ECHO_FLOW,
  data: { ...ECHO_FLOW.data, edges: [...ECHO_FLOW.data.edges, edge('node-start::1', 'message::7')] },
};
