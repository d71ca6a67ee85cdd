import { textIn } from '../../foreign.ts';
import type { Handler } from '../handler.ts';
import { valuesOf } from './code.ts';

export const subflow: Handler = {
  name: 'subflow',
  isFallible: true,
  refuse: ({ param }) => (textIn(param, 'flowId') === '' ? 'it names no flow' : undefined),
  // A flow that ends with a template gives its text as `content`; here an answer node gives it as `answer`.
  output: (_node, id, name) => (name === 'content' ? `${id}.answer` : `${id}.${name}`),
  build(node, desk) {
    const workflow = textIn(node.param, 'flowId');
    const version = textIn(node.param, 'version');
    desk.note(`a workflow with the id ${workflow} has to exist; import it and put its id here`);
    if (version !== '') desk.note(`the published version runs, not ${version}`);
    return {
      nodes: [{ id: desk.id, type: 'subflow', ...desk.title, workflow, inputs: valuesOf(node.inputs, desk) }],
    };
  },
};
