import { follow } from '../bundle/references.ts';
import { METHODS } from '../bundle/shape.ts';
import { isObject, type JsonObject } from '../json.ts';
import { keysOf, member } from '../load/cursor.ts';
import { HOISTED } from './comparable.ts';
import { pointerOf } from './facts.ts';
import type { Difference } from './redocly.ts';

/** Members of a schema, or around one, that say how a value is reached. */
const STEPS: Readonly<Record<string, string>> = {
  items: '[]',
  additionalProperties: '.*',
  contentSchema: '',
  schema: '',
  itemSchema: '',
  payload: '',
  requestBody: ' body',
};

const ownName = (name: string, value: unknown): string =>
  isObject(value) && typeof value.name === 'string' ? value.name : name;

/** Members that hold others by name or number, and how these are said. */
const NAMED: Readonly<Record<string, (name: string, value: unknown) => string>> = {
  properties: (name) => `.${name}`,
  responses: (name) => ` answer ${name}`,
  content: (name) => ` ${name}`,
  headers: (name) => ` header ${name}`,
  messages: (name, value) => ` message ${ownName(name, value)}`,
  parameters: (name, value) => ` parameter ${ownName(name, value)}`,
};

const COMPONENTS: Readonly<Record<string, string>> = {
  schemas: '',
  responses: 'response ',
  parameters: 'parameter ',
  requestBodies: 'request body ',
  headers: 'header ',
  examples: 'example ',
  securitySchemes: 'security scheme ',
  messages: 'message ',
};

const isMethod = (key: string): boolean => METHODS.some((method) => method === key);

/** The beginning of a place, and how many keys it says. */
function readHead(keys: readonly string[], value: unknown): [text: string, length: number] {
  const [first = '', second = '', third = '', fourth = ''] = keys;
  if (first === 'components' && third.startsWith(HOISTED))
    return [`${third.split(' ')[1] ?? ''} parameter ${ownName('', value)}`, 3];
  if (first === 'components') return [`${COMPONENTS[second] ?? `${second} `}${third}`, 3];
  if (first === 'channels') return [`channel ${second}`, 2];
  if (first === 'operations') return [`operation ${second}`, 2];
  if (first !== 'paths' && first !== 'webhooks') return [first, 1];
  if (isMethod(third)) return [`${third.toUpperCase()} ${second}`, 3];
  return third === 'additionalOperations' ? [`${fourth} ${second}`.trim(), 4] : [second, 2];
}

/** Says where a JSON pointer of a bundled document leads: `POST /things answer 200 application/json.name`. */
export function describePointer(root: JsonObject, pointer: string): string {
  const keys = keysOf(pointer);
  const at = (count: number): unknown => {
    const value = keys.slice(0, count).reduce<unknown>(member, root);
    return follow(root, { pointer: '', value }).value;
  };
  let [text, index] = readHead(keys, at(3));
  while (index < keys.length) {
    const key = keys[index] ?? '';
    const name = keys[index + 1];
    const say = name === undefined ? undefined : NAMED[key];
    text += say && name !== undefined ? say(name, at(index + 2)) : (STEPS[key] ?? ` ${key}`);
    index += say ? 2 : 1;
  }
  return text.trim() || 'document';
}

/** The object that a difference is about: not its member, and not its place in a list, which say little. */
export function describePlace(root: JsonObject, difference: Difference): string {
  const pointer = pointerOf(difference)
    .replace(/\/security(\/.*)?$/, '')
    .replace(/\/discriminator(\/.*)?$/, '')
    .replace(/\/(oneOf|anyOf|allOf)\/\d+$/, '');
  const { kind, property } = difference;
  const isMember = kind === 'modified' && property !== undefined && pointer.endsWith(`/${property}`);
  return describePointer(root, isMember ? pointer.slice(0, -property.length - 1) : pointer);
}
