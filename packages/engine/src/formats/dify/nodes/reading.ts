import type { ClassifierNode, ExtractorNode } from '../../../definition/types.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { at, isTrueAt, itemsAt, type Place, selectorAt, textAt } from '../place.ts';
import { noteUnread, readModel } from './model.ts';

const MAX_CLASS_NAME = 500;
const MAX_CLASS_DESCRIPTION = 4_000;
const SCALARS: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['select', 'string'],
  ['number', 'number'],
  ['bool', 'boolean'],
  ['boolean', 'boolean'],
]);

export const convertExtractor: Convert = (conversion) => {
  noteUnread(conversion);
  const node: ExtractorNode = {
    ...conversion.head,
    type: 'extractor',
    ...readModel(conversion),
    query: readQuery(at(conversion.data, 'query'), conversion),
    ...readInstruction(conversion),
    schema: readSchema(conversion),
  };
  return [node];
};

/** A selector, or in some files a text. */
function readQuery(place: Place, { reference, text }: Conversion): string {
  return typeof place.value === 'string' && place.value !== '' ? text(place) : reference(place);
}

function readInstruction({ data, text }: Conversion): { instruction?: string } {
  const instruction = text(data, 'instruction') || text(data, 'instructions');
  return instruction.trim() === '' ? {} : { instruction };
}

function readSchema(conversion: Conversion): ExtractorNode['schema'] {
  const properties = new Map<string, Readonly<Record<string, unknown>>>();
  const required: string[] = [];
  for (const parameter of itemsAt(conversion.data, 'parameters')) {
    const name = textAt(parameter, 'name') ?? '';
    if (name === '') conversion.problem('a parameter has no name', parameter);
    properties.set(name, parameterSchema(parameter, conversion));
    if (isTrueAt(parameter, 'required')) required.push(name);
  }
  if (properties.size === 0) conversion.problem('it has no parameters', at(conversion.data, 'parameters'));
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  };
}

function parameterSchema(parameter: Place, { problem }: Conversion): Readonly<Record<string, unknown>> {
  const spelled = textAt(parameter, 'type') ?? '';
  const description = textAt(parameter, 'description');
  const options = itemsAt(parameter, 'options').flatMap((option) => textAt(option) ?? []);
  const members = {
    ...(description && { description }),
    ...(options.length > 0 && { enum: [...new Set(options)] }),
  };
  const item = /^array\[(string|number|object|boolean)\]$/.exec(spelled)?.[1];
  if (item !== undefined) return { type: 'array', items: { type: item }, ...members };
  const type = SCALARS.get(spelled);
  if (!type) problem(`a parameter has the unknown type ${JSON.stringify(spelled.slice(0, 40))}`, parameter);
  return { type: type ?? 'string', ...members };
}

export const convertClassifier: Convert = (conversion) => {
  const { data, head, problem, reference } = conversion;
  noteUnread(conversion);
  const classes = itemsAt(data, 'classes').map((item) => readClass(item, conversion));
  const [first] = classes;
  if (!first) problem('it has no classes', at(data, 'classes'));
  const selector = at(data, 'query_variable_selector');
  const node: ClassifierNode = {
    ...head,
    type: 'classifier',
    ...readModel(conversion),
    query: selectorAt(selector) ? reference(selector) : readQuery(at(data, 'query'), conversion),
    ...readInstruction(conversion),
    classes,
    // Dify takes the first class when the model names none.
    ...(first && { default: first.id }),
  };
  return [node];
};

function readClass(item: Place, { problem, note }: Conversion): ClassifierNode['classes'][number] {
  const id = textAt(item, 'id') ?? '';
  const name = textAt(item, 'name') || textAt(item, 'label') || id;
  if (id === '' || id.length > 64) problem('a class has no usable id', item);
  if (name.length <= MAX_CLASS_NAME) return { id, name };
  note(`names of classes have at most ${MAX_CLASS_NAME} characters; the whole one is the description`);
  return { id, name: name.slice(0, MAX_CLASS_NAME), description: name.slice(0, MAX_CLASS_DESCRIPTION) };
}
