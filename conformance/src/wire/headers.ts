import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Answer } from './answer.ts';

/** The headers that a document describes, by operation and status: their names and schemas. */
export type DocumentedHeaders = ReadonlyMap<string, ReadonlyMap<string, readonly DocumentedHeader[]>>;

interface DocumentedHeader {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const membersOf = (value: unknown): readonly (readonly [string, Node])[] =>
  Object.entries(isNode(value) ? value : {}).flatMap(([name, one]) =>
    isNode(one) ? [[name, one] as const] : [],
  );

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch']);

/** Reads the headers of an OpenAPI document. References within the document are followed. */
export async function loadHeaders(file: string): Promise<DocumentedHeaders> {
  const root: unknown = parse(await readFile(file, 'utf8'));
  const follow = (value: unknown): Node => {
    if (!isNode(value)) return {};
    const { $ref: ref } = value;
    if (typeof ref !== 'string' || !ref.startsWith('#/')) return value;
    return follow(
      ref
        .slice(2)
        .split('/')
        .reduce<unknown>((node, key) => (isNode(node) ? node[key] : undefined), root),
    );
  };
  const headersOf = (response: unknown): readonly DocumentedHeader[] =>
    membersOf(follow(response).headers).map(([name, header]) => ({
      name,
      schema: follow(follow(header).schema),
    }));
  const operations = membersOf(isNode(root) ? root.paths : undefined).flatMap(([, path]) =>
    membersOf(path).filter(([method]) => METHODS.has(method)),
  );
  return new Map(
    operations.map(([, { operationId, responses }]) => [
      String(operationId),
      new Map(membersOf(responses).map(([status, response]) => [status, headersOf(response)])),
    ]),
  );
}

/** What is wrong with the headers of an answer: each that the document describes and that was sent must fit. */
export function judgeHeaders(
  documented: DocumentedHeaders,
  operationId: string,
  answer: Answer,
): readonly string[] {
  const headers = documented.get(operationId)?.get(String(answer.status)) ?? [];
  const known = headers.flatMap(({ name, schema }) => {
    const value = answer.headers.get(name);
    return value === null || fits(value, schema)
      ? []
      : [`the header ${name} does not fit the document: ${value}`];
  });
  return answer.headers.has('x-request-id') ? known : [...known, 'the header X-Request-ID is missing'];
}

/** Headers are texts: of their schemas only what can be said of a text counts. */
function fits(value: string, { type, const: only, pattern, minimum }: DocumentedHeader['schema']): boolean {
  if (only !== undefined) return value === String(only);
  if (type === 'integer' && !/^-?\d+$/.test(value)) return false;
  if (typeof minimum === 'number' && Number(value) < minimum) return false;
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value);
}
