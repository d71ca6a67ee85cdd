import type { ObjectSchema } from '../../../definition/types.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { parseJsonText } from '../json-text.ts';
import { at, isMap, isTrueAt, itemsAt, numberAt, type Place, textAt } from '../place.ts';
import type { References } from '../references.ts';

const FILE = {
  type: ['string', 'object'],
  description: 'A file: its URL, a data URL, or an object such as {filename, content_type, base64}.',
};
const INPUT_NAME = /^[A-Za-z0-9_$-]{1,128}$/;
const TEXT_TYPES: ReadonlySet<string> = new Set(['text-input', 'paragraph', 'url']);

type Schema = Readonly<Record<string, unknown>>;

/** A start node has nothing of its own here: its variables are the inputs of the definition. */
export const convertStart: Convert = (conversion) => {
  for (const variable of itemsAt(conversion.data, 'variables')) checkVariable(variable, conversion);
  const { query } = conversion.references.inputNames;
  if (conversion.file.mode === 'advanced-chat') conversion.note(`the person's message is the input ${query}`);
  return [{ ...conversion.head, type: 'start' }];
};

function checkVariable(variable: Place, { problem, note }: Conversion): void {
  const name = textAt(variable, 'variable') ?? '';
  const type = textAt(variable, 'type') ?? '';
  if (!INPUT_NAME.test(name)) problem('an input has no usable name', variable);
  else if (!inputSchema(variable))
    problem(`the input ${name} has the unknown type ${type.slice(0, 40)}`, variable);
  if (type === 'file' || type === 'file-list')
    note('files are given as URLs or objects; nothing is uploaded');
}

/** The inputs of a definition: those of the start node, and what a chat has of itself. */
export function inputsOf(start: Place, isChat: boolean, references: References): ObjectSchema {
  const properties = new Map<string, Schema>();
  const required: string[] = [];
  for (const variable of itemsAt(start, 'variables')) {
    const name = textAt(variable, 'variable') ?? '';
    properties.set(name, inputSchema(variable) ?? {});
    if (isTrueAt(variable, 'required')) required.push(name);
  }
  const { query, files } = references.inputNames;
  if (isChat) {
    properties.set(query, { type: 'string', description: "The person's message." });
    required.push(query);
  }
  if (references.usesFiles()) properties.set(files, { type: 'array', items: FILE });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  };
}

/** The JSON Schema of a variable; undefined for a type that is not known. */
function inputSchema(variable: Place): Schema | undefined {
  const type = textAt(variable, 'type') ?? '';
  const label = textAt(variable, 'label');
  const title = label ? { title: label } : {};
  if (TEXT_TYPES.has(type))
    return { type: 'string', ...title, ...lengthOf(variable), ...textDefault(variable) };
  switch (type) {
    case 'select':
      return { type: 'string', ...title, ...optionsOf(variable), ...textDefault(variable) };
    case 'number': {
      const value = numberAt(variable, 'default');
      return { type: 'number', ...title, ...(value !== undefined && { default: value }) };
    }
    case 'checkbox': {
      const value = textAt(variable, 'default');
      return { type: 'boolean', ...title, ...(value && { default: value === 'true' }) };
    }
    case 'json_object':
      return { ...objectSchema(variable), ...title };
    case 'file':
      return { ...FILE, ...title };
    case 'file-list':
      return { type: 'array', ...title, items: FILE };
    default:
      return undefined;
  }
}

function lengthOf(variable: Place): Schema {
  const length = numberAt(variable, 'max_length');
  return length !== undefined && Number.isInteger(length) && length > 0 ? { maxLength: length } : {};
}

function textDefault(variable: Place): Schema {
  const text = textAt(variable, 'default');
  return text ? { default: text } : {};
}

function optionsOf(variable: Place): Schema {
  const options = itemsAt(variable, 'options').flatMap((option) => textAt(option) ?? []);
  return options.length > 0 ? { enum: [...new Set(options)] } : {};
}

/** The schema that an input of type `json_object` may have, also written as JSON text. */
function objectSchema(variable: Place): Schema {
  const { value } = at(variable, 'json_schema');
  const schema = typeof value === 'string' ? parseJsonText(value) : value;
  return { ...(isMap(schema) && schema), type: 'object' };
}
