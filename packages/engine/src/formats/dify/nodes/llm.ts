import type { ChatMessage, LlmNode, TemplateNode } from '../../../definition/types.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { at, isMap, isTrueAt, itemsAt, numberAt, type Place, selectorAt, textAt } from '../place.ts';
import { isWindow, readModel, readStops } from './model.ts';
import { readVariables } from './variables.ts';

const MAX_TURNS = 100;
const MAX_MESSAGES = 100;
const ROLES: ReadonlyMap<string, ChatMessage['role']> = new Map<string, ChatMessage['role']>([
  ['system', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
]);

/** An llm node, after one template node for each prompt that is written in Jinja. */
export const convertLlm: Convert = (conversion) => {
  const templates: TemplateNode[] = [];
  const prompts = promptsOf(conversion.data);
  if (prompts.length > MAX_MESSAGES) conversion.problem(`it has more than ${MAX_MESSAGES} prompts`);
  const messages = prompts
    .slice(0, MAX_MESSAGES)
    .flatMap((prompt) => readPrompt(prompt, conversion, templates) ?? []);
  const question = readQuestion(conversion);
  const asked = withImages(question ? [...messages, question] : messages, conversion);
  if (asked.length === 0) conversion.problem('it has no prompt', at(conversion.data, 'prompt_template'));
  const stop = readStops(conversion);
  const node: LlmNode = {
    ...conversion.head,
    type: 'llm',
    ...readModel(conversion),
    messages: [...asked],
    ...(stop.length > 0 && { stop }),
    ...readOutputSchema(conversion),
    ...readMemory(conversion),
  };
  return [...templates, node];
};

/** A chat model has a list of prompts, a completion model one. */
function promptsOf(data: Place): readonly Place[] {
  const prompts = at(data, 'prompt_template');
  return isMap(prompts.value) ? [prompts] : itemsAt(prompts);
}

/** The message of a prompt; undefined for an empty one, which Dify leaves out too. */
function readPrompt(
  prompt: Place,
  conversion: Conversion,
  templates: TemplateNode[],
): ChatMessage | undefined {
  const role = ROLES.get(textAt(prompt, 'role') ?? 'user');
  if (!role) conversion.problem('a prompt has a role other than system, user and assistant', prompt);
  const isJinja = textAt(prompt, 'edition_type') === 'jinja2';
  const content = isJinja ? readJinja(prompt, conversion, templates) : readText(prompt, conversion);
  return content.trim() === '' ? undefined : { role: role ?? 'user', content };
}

/** A prompt's text. `{{#context#}}` stands for the variable that the node has as its context. */
function readText(prompt: Place, { data, references, problem, textOf }: Conversion): string {
  const text = textAt(prompt, 'text') ?? '';
  if (!text.includes('{{#context#}}')) return textOf(text, at(prompt, 'text'));
  const selector = selectorAt(data, 'context', 'variable_selector');
  if (!isTrueAt(data, 'context', 'enabled') || !selector) {
    problem('a prompt has {{#context#}}, but no variable is chosen as the context', prompt);
    return '';
  }
  const context = references.resolve(selector, false);
  if ('problem' in context) {
    problem(`the context cannot be imported: ${context.problem}`, at(data, 'context'));
    return '';
  }
  const parts = text.split('{{#context#}}').map((part) => textOf(part, at(prompt, 'text')));
  return parts.join(context.reference);
}

/** A prompt in Jinja becomes a template node before this one. */
function readJinja(prompt: Place, conversion: Conversion, templates: TemplateNode[]): string {
  const template = textAt(prompt, 'jinja2_text') ?? textAt(prompt, 'text') ?? '';
  if (template.trim() === '') return '';
  const id = conversion.file.ids.take(`${conversion.node.id}_prompt_${templates.length + 1}`);
  const variables = readVariables(at(conversion.data, 'prompt_config', 'jinja2_variables'), conversion);
  templates.push({ id, type: 'template', template, variables });
  return `{{ ${id}.output }}`;
}

/** With a memory Dify asks the person's message last, whatever the prompts say. */
function readQuestion({ data, file, references, text }: Conversion): ChatMessage | undefined {
  const memory = at(data, 'memory');
  if (!isMap(memory.value)) return undefined;
  const template = text(memory, 'query_prompt_template');
  if (template.trim() !== '') return { role: 'user', content: template };
  if (file.mode !== 'advanced-chat') return undefined;
  const query = references.resolve(['sys', 'query'], false);
  return 'reference' in query ? { role: 'user', content: query.reference } : undefined;
}

function readMemory({ data, note }: Conversion): Pick<LlmNode, 'memory'> {
  const memory = at(data, 'memory');
  if (!isMap(memory.value)) return {};
  const size = Math.trunc(numberAt(memory, 'window', 'size') ?? MAX_TURNS);
  if (isWindow(memory) && size < 1) return {};
  const isLimited = isWindow(memory) && size <= MAX_TURNS;
  if (!isLimited) note(`at most ${MAX_TURNS} turns of the conversation are shown to the model`);
  return { memory: { turns: isLimited ? size : MAX_TURNS } };
}

/** Pictures go with the last message of the person, as in Dify. */
function withImages(messages: readonly ChatMessage[], conversion: Conversion): readonly ChatMessage[] {
  if (!isTrueAt(conversion.data, 'vision', 'enabled')) return messages;
  conversion.note('pictures are given as URLs or data URLs');
  const images = readImages(conversion);
  const last = messages.findLastIndex(({ role }) => role === 'user');
  if (last === -1) return [...messages, { role: 'user', content: '', images }];
  return messages.map((message, index) => (index === last ? { ...message, images } : message));
}

/** The chosen pictures, else the files of the person's message. */
function readImages({ data, references, reference }: Conversion): string {
  const chosen = at(data, 'vision', 'configs', 'variable_selector');
  if (selectorAt(chosen)) return reference(chosen);
  const files = references.resolve(['sys', 'files'], false);
  return 'reference' in files ? files.reference : '';
}

function readOutputSchema({ data, problem }: Conversion): Pick<LlmNode, 'output_schema'> {
  const isOn = isTrueAt(data, 'structured_output_enabled') || isTrueAt(data, 'structured_output_switch_on');
  const schema = at(data, 'structured_output', 'schema');
  if (!isOn || schema.value === undefined || schema.value === null) return {};
  if (!isMap(schema.value) || textAt(schema, 'type') !== 'object') {
    problem('the schema of its structured output is not of type object', schema);
    return {};
  }
  return { output_schema: { ...schema.value, type: 'object' } };
}
