import { readFileSync } from 'node:fs';
import { GITHUB } from './peers.ts';

/** One operation, and values for the path parameters that it needs. */
export interface Call {
  readonly path: string;
  /** The names that generators make of its operationId. */
  readonly method: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const member = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function camelCase(operationId: string): string {
  const [first = '', ...rest] = operationId.split(/[/_-]/);
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function valueFor(schema: unknown): string | number {
  const [first] = list(member(schema, 'enum'));
  if (typeof first === 'string') return first;
  return ['integer', 'number'].includes(String(member(schema, 'type'))) ? 1 : 'x';
}

/** The first `count` GET operations that need path parameters and nothing else. */
export function githubCalls(count: number): Call[] {
  const root: unknown = JSON.parse(readFileSync(GITHUB, 'utf8'));
  const follow = (value: unknown): unknown => {
    const reference = member(value, '$ref');
    if (typeof reference !== 'string') return value;
    return reference.slice(2).split('/').reduce(member, root);
  };
  const calls = Object.entries(member(root, 'paths') ?? {}).flatMap(([path, item]): Call[] => {
    const operation = member(item, 'get');
    const id = member(operation, 'operationId');
    if (typeof id !== 'string') return [];
    const needed = list(member(operation, 'parameters'))
      .map(follow)
      .filter((parameter) => member(parameter, 'required') === true);
    if (needed.length === 0 || needed.some((parameter) => member(parameter, 'in') !== 'path')) return [];
    const parameters = needed.map((parameter) => {
      const schema = follow(member(parameter, 'schema'));
      return [String(member(parameter, 'name')), valueFor(schema)] as const;
    });
    return [{ path, method: camelCase(id), parameters: Object.fromEntries(parameters) }];
  });
  return calls.slice(0, count);
}
