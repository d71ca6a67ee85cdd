import type { ToolDescription } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import type { HttpRequest } from '../http/sender.ts';
import { urlProblem } from '../http/url.ts';

const MAX_OPERATIONS = 200;
const MAX_HOPS = 16;
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;
const HTTP_METHODS: Record<(typeof METHODS)[number], HttpRequest['method']> = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  options: 'OPTIONS',
  head: 'HEAD',
  patch: 'PATCH',
  trace: 'TRACE',
};

/** An operation where it stands in its document. */
export interface FoundOperation {
  readonly id: string;
  readonly method: HttpRequest['method'];
  /** Its template, such as `/pets/{id}`. */
  readonly path: string;
  readonly pathItem: unknown;
  readonly operation: unknown;
  /** JSON pointer tokens from the document. */
  readonly at: readonly string[];
}

/** An own member of an object; undefined for everything else. Documents are other people's words. */
export function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

/** The own members of an object, none of anything else. */
export const membersOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textMember = (value: unknown, key: string): string | undefined => {
  const text = member(value, key);
  return typeof text === 'string' ? text : undefined;
};

/** A fault of the tool's document, for whoever wrote the definition. */
export const invalidTool = (message: string): NodeError => new NodeError(message, { code: 'invalid_tool' });

/** What stands behind a value's references. Throws NodeError `invalid_tool`. */
export function dereference(document: unknown, value: unknown): unknown {
  let target = value;
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const reference = textMember(target, '$ref');
    if (reference === undefined) return target;
    target = lookUp(document, reference);
  }
  throw invalidTool(`${textMember(value, '$ref')} leads from reference to reference without an end`);
}

/** What a reference within the document names (RFC 6901 section 6). Throws NodeError `invalid_tool`. */
export function lookUp(document: unknown, reference: string): unknown {
  if (!reference.startsWith('#/')) {
    throw invalidTool(`the reference ${reference} leads out of the document; put what it names inside`);
  }
  let target = document;
  for (const step of reference.slice(2).split('/')) target = member(target, decodeStep(step, reference));
  if (target === undefined) throw invalidTool(`the reference ${reference} names nothing in the document`);
  return target;
}

function decodeStep(step: string, reference: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    throw invalidTool(`the reference ${reference} is not percent-encoded as it should be`);
  }
}

/** The operations that have an operationId, at most 200. Throws NodeError `invalid_tool`. */
export function* findOperations(document: unknown): Generator<FoundOperation> {
  let found = 0;
  for (const [path, shared] of membersOf(member(document, 'paths'))) {
    if (!path.startsWith('/')) throw invalidTool(`the path ${path} must begin with a slash`);
    const pathItem = dereference(document, shared);
    for (const method of METHODS) {
      const operation = member(pathItem, method);
      const id = textMember(operation, 'operationId');
      if (id === undefined || id === '') continue;
      if (found++ === MAX_OPERATIONS)
        throw invalidTool(`the document has more than ${MAX_OPERATIONS} operations`);
      yield { id, method: HTTP_METHODS[method], path, pathItem, operation, at: ['paths', path, method] };
    }
  }
}

/** Where an operation is, without a slash at the end. Throws NodeError `invalid_tool`. */
export function serverOf({ openapi, server }: ToolDescription, found?: FoundOperation): string {
  const url = server ?? documentServer(openapi, found);
  const problem = urlProblem(url);
  if (problem !== undefined) throw invalidTool(`the server cannot be used: ${problem}`);
  if (/[?#]/.test(url)) throw invalidTool('the server must have neither a query nor a fragment');
  return url.replace(/\/{1,8}$/, '');
}

/** The nearest `servers` wins (OpenAPI 3.1 sections 4.8.9 and 4.8.10); variables take their defaults. */
function documentServer(openapi: unknown, found: FoundOperation | undefined): string {
  const levels = [found?.operation, found?.pathItem, openapi].map((level) =>
    itemsOf(member(level, 'servers')),
  );
  const first = levels.find((servers) => servers.length > 0)?.[0];
  const url = textMember(first, 'url');
  if (url === undefined) throw invalidTool('the document names no server; set `server` beside `openapi`');
  return url.replace(/\{([^{}]{1,200})\}/g, (_whole, name: string) => {
    const value = textMember(member(member(first, 'variables'), name), 'default');
    if (value === undefined) throw invalidTool(`the server variable ${name} has no default; set \`server\``);
    return value;
  });
}
