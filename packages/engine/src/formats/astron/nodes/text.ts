import type { WorkflowNode } from '../../../definition/types.ts';
import { numberIn, textIn } from '../../foreign.ts';
import type { AstronNode } from '../flow.ts';
import type { Desk, Handler } from '../handler.ts';

const SPLIT = 1;
/** The end shows text, not only values. */
const TEMPLATE_OUTPUT = 1;

export const start: Handler = {
  name: 'start',
  output: (_node, id, name) => `${id}.${name}`,
  build(node, desk) {
    const files = node.outputs.filter(({ isFile }) => isFile).map(({ name }) => desk.plain(name));
    if (files.length > 0) desk.note(`${files.join(', ')}: a file is given as the text of its URL`);
    return { nodes: [{ id: desk.id, type: 'start', ...desk.title }] };
  },
};

const answerOf = (node: AstronNode, id: string, desk: Desk): WorkflowNode => ({
  id,
  type: 'answer',
  ...desk.title,
  template: desk.text(textIn(node.param, 'template')),
});

export const end: Handler = {
  name: 'end',
  output: () => undefined,
  build(node, desk) {
    const outputs = Object.fromEntries(node.inputs.map((input) => [input.name, desk.value(input)]));
    const one: WorkflowNode = { id: desk.id, type: 'end', ...desk.title, outputs };
    if (numberIn(node.param, 'outputMode') !== TEMPLATE_OUTPUT) return { nodes: [one] };
    if (textIn(node.param, 'reasoningTemplate') !== '')
      desk.note('its template of the reasoning is left out');
    return { nodes: [answerOf(node, `${desk.id}_answer`, desk), one] };
  },
};

export const message: Handler = {
  name: 'answer',
  output: (_node, id) => `${id}.answer`,
  build: (node, desk) => ({ nodes: [answerOf(node, desk.id, desk)] }),
};

export const textJoiner: Handler = {
  name: 'text',
  refuse({ param }) {
    const splitsAtNothing = numberIn(param, 'mode') === SPLIT && textIn(param, 'separator') === '';
    return splitsAtNothing ? 'it splits at an empty separator, which fails there too' : undefined;
  },
  output: (_node, id) => `${id}.output`,
  build(node, desk) {
    if (numberIn(node.param, 'mode') === SPLIT) return { nodes: [splitter(node, desk)] };
    // The text is put together by our references, which take braces of other kinds as they are.
    const text = desk.text(textIn(node.param, 'prompt'));
    const template = '{{ text }}';
    return { nodes: [{ id: desk.id, type: 'template', ...desk.title, template, variables: { text } }] };
  },
};

function splitter({ inputs, param }: AstronNode, desk: Desk): WorkflowNode {
  const input = inputs.at(-1);
  const separator = JSON.stringify(textIn(param, 'separator'));
  return {
    id: desk.id,
    type: 'code',
    ...desk.title,
    language: 'javascript',
    source: `function main({ text }) {
  // What is no text is split as the text that it would be in a template.
  const whole = typeof text === 'string' ? text : JSON.stringify(text);
  return { output: whole.split(${separator}) };
}
`,
    inputs: { text: input ? desk.value(input) : '' },
    output_schema: { type: 'object', properties: { output: { type: 'array', items: { type: 'string' } } } },
  };
}
