import type { WorkflowNode } from '../../../definition/types.ts';
import { isObject, listIn, member, numberIn, textIn } from '../../foreign.ts';
import type { AstronNode } from '../flow.ts';
import type { Desk, Handler } from '../handler.ts';
import { toObjectSchema } from '../schema.ts';

const REASONING = 'REASONING_CONTENT';
const JSON_ANSWER = 2;
/** The intent of what fits no other one. */
const DEFAULT_INTENT = 1;

/** Settings that mean the same here; the rest is told. */
function modelMembers({ param }: AstronNode, desk: Desk) {
  const temperature = numberIn(param, 'temperature') ?? numberIn(member(param, 'extraParams'), 'temperature');
  const maxTokens = numberIn(param, 'maxTokens');
  const model = textIn(param, 'modelName') || textIn(param, 'domain');
  desk.note(`the server's default model answers${model === '' ? '' : ` in place of ${desk.plain(model)}`}`);
  return {
    ...(temperature !== undefined && temperature >= 0 && temperature <= 2 && { temperature }),
    ...(maxTokens !== undefined && maxTokens >= 1 && { max_output_tokens: Math.floor(maxTokens) }),
  };
}

function memoryMember({ param }: AstronNode) {
  const history = member(param, 'enableChatHistoryV2');
  if (member(history, 'isEnabled') !== true) return {};
  const rounds = Math.floor(numberIn(history, 'rounds') ?? 1);
  return { memory: { turns: Math.min(Math.max(rounds, 1), 100) } };
}

const isJson = ({ param }: AstronNode): boolean => numberIn(param, 'respFormat') === JSON_ANSWER;

export const llm: Handler = {
  name: 'llm',
  isFallible: true,
  output(node, id, name) {
    if (name === REASONING) return `${id}.reasoning`;
    return isJson(node) ? `${id}.json.${name}` : `${id}.text`;
  },
  build(node, desk) {
    const system = textIn(node.param, 'systemTemplate');
    const image = node.inputs.find(({ name }) => name === 'SYSTEM_IMAGE');
    const messages = [
      ...(system === '' ? [] : [{ role: 'system' as const, content: desk.text(system) }]),
      {
        role: 'user' as const,
        content: desk.text(textIn(node.param, 'template')),
        ...(image && { images: desk.value(image) }),
      },
    ];
    const one: WorkflowNode = {
      id: desk.id,
      type: 'llm',
      ...desk.title,
      ...modelMembers(node, desk),
      messages,
      ...memoryMember(node),
    };
    if (!isJson(node)) return { nodes: [one] };
    desk.note('an answer that is not the JSON of its outputs fails the node');
    const outputs = node.outputs.filter(({ name }) => name !== REASONING);
    return { nodes: [{ ...one, output_schema: toObjectSchema(outputs) }] };
  },
};

export const classifier: Handler = {
  name: 'classifier',
  isFallible: true,
  output: (_node, id) => `${id}.class_name`,
  build(node, desk) {
    const intents = listIn(node.param, 'intentChains').filter(isObject);
    const branches = new Map<string, string>();
    let fallback: string | undefined;
    const classes = intents.map((intent, index) => {
      const id = `class_${index + 1}`;
      branches.set(textIn(intent, 'id'), id);
      const isDefault = numberIn(intent, 'intentType') === DEFAULT_INTENT;
      if (isDefault) fallback = id;
      const description = textIn(intent, 'description');
      // The output of the default intent is this text there, whatever its name is.
      const name = isDefault ? 'DEFAULT' : textIn(intent, 'name') || id;
      return { id, name, ...(description !== '' && { description }) };
    });
    const instruction = textIn(node.param, 'promptPrefix');
    const one: WorkflowNode = {
      id: desk.id,
      type: 'classifier',
      ...desk.title,
      ...modelMembers(node, desk),
      query: node.inputs.map((input) => desk.text(`{{${input.name}}}`)).join(''),
      ...(instruction !== '' && { instruction: desk.text(instruction) }),
      classes,
      ...(fallback !== undefined && { default: fallback }),
    };
    return { nodes: [one], branches };
  },
};

export const extractor: Handler = {
  name: 'extractor',
  isFallible: true,
  output: (_node, id, name) => `${id}.${name}`,
  build(node, desk) {
    const [query] = node.inputs;
    const instruction = textIn(node.param, 'instruction');
    desk.note('what is not found is null, where it is the default of its type there');
    const one: WorkflowNode = {
      id: desk.id,
      type: 'extractor',
      ...desk.title,
      ...modelMembers(node, desk),
      query: query ? desk.text(`{{${query.name}}}`) : '',
      ...(instruction !== '' && { instruction: desk.plain(instruction) }),
      schema: toObjectSchema(node.outputs),
    };
    return { nodes: [one] };
  },
};

/** What an agent calls on the platform, by the member that lists it. */
const PLUGINS = ['mcpServerIds', 'mcpServerUrls', 'tools', 'workflowIds', 'knowledge', 'skills'];

export const agent: Handler = {
  name: 'agent',
  isFallible: true,
  refuse({ param }) {
    const used = PLUGINS.filter((name) => listIn(member(param, 'plugin'), name).length > 0);
    if (used.length === 0) return undefined;
    return `its ${used.join(', ')} run on the platform that it comes from; describe APIs under \`tools\` instead`;
  },
  output: (_node, id, name) => (name === REASONING ? `${id}.reasoning` : `${id}.text`),
  build(node, desk) {
    const instruction = member(node.param, 'instruction');
    const texts = [textIn(instruction, 'reasoning'), textIn(instruction, 'answer')].filter(
      (text) => text !== '',
    );
    const rounds = Math.floor(numberIn(node.param, 'maxLoopCount') ?? 10);
    const one: WorkflowNode = {
      id: desk.id,
      type: 'agent',
      ...desk.title,
      ...modelMembers({ ...node, param: agentModel(node) }, desk),
      ...(texts.length > 0 && { instruction: desk.text(texts.join('\n\n')) }),
      prompt: desk.text(textIn(instruction, 'query')),
      max_rounds: Math.min(Math.max(rounds, 1), 50),
    };
    if (Object.hasOwn(memoryMember(node), 'memory')) desk.note('it does not see what was said before');
    return { nodes: [one] };
  },
};

const agentModel = ({ param }: AstronNode) => ({
  domain: textIn(member(param, 'modelConfig'), 'domain'),
  ...(numberIn(param, 'maxTokens') !== undefined && { maxTokens: numberIn(param, 'maxTokens') }),
});
