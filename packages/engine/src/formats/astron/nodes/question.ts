import type { WorkflowNode } from '../../../definition/types.ts';
import { type Foreign, isObject, listIn, member, numberIn, textIn } from '../../foreign.ts';
import type { AstronNode } from '../flow.ts';
import type { Desk, Handler, Piece } from '../handler.ts';
import { toObjectSchema } from '../schema.ts';

const DEFAULT_OPTION = 1;
const MINUTE_MS = 60_000;
/** Outputs that every question has there. */
const SYSTEM_OUTPUTS: ReadonlySet<string> = new Set(['id', 'query', 'content']);

const isOption = ({ param }: AstronNode): boolean => textIn(param, 'answerType') === 'option';

/** Whether a model reads values out of the answer. */
const isRead = (node: AstronNode): boolean =>
  !isOption(node) && member(member(node.param, 'directAnswer'), 'handleResponse') === true;

const fieldsOf = ({ outputs }: AstronNode) => outputs.filter(({ name }) => !SYSTEM_OUTPUTS.has(name));

export const question: Handler = {
  name: 'question',
  output(node, id, name) {
    if (name === 'query') return `${id}_text.output`;
    if (name === 'content') return `${id}.answer`;
    if (name === 'id') return `${id}.choice`;
    return isRead(node) ? `${id}_fields.${name}` : undefined;
  },
  build(node, desk) {
    const text = desk.text(textIn(node.param, 'question'));
    const minutes = numberIn(node.param, 'timeout');
    const shared = {
      id: desk.id,
      type: 'question' as const,
      ...desk.title,
      question: desk.isRead('query') ? `{{ ${desk.id}_text.output }}` : text,
      ...(minutes !== undefined && minutes > 0 && { expires_after_ms: Math.floor(minutes * MINUTE_MS) }),
    };
    const before = desk.isRead('query') ? [questionText(text, desk)] : [];
    if (isOption(node)) return choose(node, shared, before, desk);
    const after = isRead(node) ? [answerReader(node, desk)] : [];
    return { nodes: [...before, { ...shared, ...ignored(node, desk) }, ...after] };
  },
};

/** The question as an output that later nodes can refer to. */
const questionText = (text: string, desk: Desk): WorkflowNode => ({
  id: `${desk.id}_text`,
  type: 'template',
  ...desk.title,
  template: '{{ text }}',
  variables: { text },
});

const canBeIgnored = ({ param }: AstronNode): boolean => member(param, 'needReply') === false;

/** The answer of somebody who need not answer. */
function ignored(node: AstronNode, desk: Desk): { optional?: true; default?: string } {
  if (!canBeIgnored(node)) return {};
  const schema = node.outputs.find(({ name }) => name === 'content')?.schema;
  if (isRead(node)) desk.note('when it is ignored, the values are read out of the default answer');
  return { optional: true, default: desk.plain(textIn(schema, 'default')) };
}

function choose(
  node: AstronNode,
  shared: Extract<WorkflowNode, { type: 'question' }>,
  before: readonly WorkflowNode[],
  desk: Desk,
): Piece {
  const options = listIn(node.param, 'optionAnswer').filter(isObject);
  const branches = new Map(options.map((option) => [textIn(option, 'id'), textIn(option, 'name')]));
  const choices = options.map((option) => ({ id: textIn(option, 'name'), label: labelOf(option, desk) }));
  const one: WorkflowNode = { ...shared, choices, ...otherwise(node, options, desk) };
  return { nodes: [...before, one], branches };
}

/** What is chosen without an answer, and by one that is no option. */
function otherwise(
  node: AstronNode,
  options: readonly Foreign[],
  desk: Desk,
): { optional?: true; default?: string; fallback?: string } {
  const fallback = options.find((option) => numberIn(option, 'type') === DEFAULT_OPTION);
  const isOptional = canBeIgnored(node);
  if (!fallback) {
    if (isOptional) desk.note('it cannot be ignored, as none of its options is the default');
    return {};
  }
  const name = textIn(fallback, 'name');
  return { ...(isOptional && { optional: true }), default: name, fallback: name };
}

const labelOf = (option: Foreign, desk: Desk): string =>
  desk.text(textIn(option, 'content')) || desk.plain(textIn(option, 'name'));

function answerReader(node: AstronNode, desk: Desk): WorkflowNode {
  const instruction = textIn(node.param, 'instruction');
  desk.note('it does not ask again for what the answer lacks: that is null');
  desk.note("the server's default model reads the answer");
  return {
    id: `${desk.id}_fields`,
    type: 'extractor',
    ...desk.title,
    query: `{{ ${desk.id}.answer }}`,
    ...(instruction !== '' && { instruction: desk.plain(instruction) }),
    schema: toObjectSchema(fieldsOf(node)),
  };
}
