import { renderText, type Scope } from '../../definition/references.ts';
import type { ToolDescription } from '../../definition/types.ts';
import type { JsonObject } from '../../events.ts';
import { applyAuth, type RequestDraft } from '../http/auth.ts';
import { encodeBody } from '../http/body.ts';
import { addCookie, setHeader } from '../http/headers.ts';
import { DEFAULT_MAX_RESPONSE_BYTES, type HttpRequest } from '../http/sender.ts';
import { withQuery } from '../http/url.ts';
import type { NodeContext } from '../node-type.ts';
import { invalidParameters, type ToolArguments } from './arguments.ts';
import { invalidTool, serverOf } from './document.ts';
import { cookieValue, headerValue, pathValue, queryParts } from './parameters.ts';
import type { Operation } from './read-operation.ts';

/** The request of a call whose arguments are checked. Throws NodeError. */
export function buildRequest(
  description: ToolDescription,
  operation: Operation,
  args: ToolArguments,
  { tenantId, scope, idempotencyKey }: NodeContext,
): HttpRequest {
  const headers = new Map([
    ['accept', 'application/json, */*;q=0.5'],
    ['idempotency-key', idempotencyKey],
  ]);
  const draft: RequestDraft = { headers, query: [] };
  const path = applyParameters(operation, args.parameters, draft);
  const body = applyBody(operation, args, draft);
  applyDescription(description, draft, scope);
  return {
    tenantId,
    method: operation.method,
    url: withQuery(`${serverOf(description, operation)}${path}`, draft.query),
    headers: Object.fromEntries(headers),
    ...(body !== undefined && { body }),
    maxResponseBytes: DEFAULT_MAX_RESPONSE_BYTES,
  };
}

function applyBody({ body }: Operation, args: ToolArguments, { headers }: RequestDraft): HttpRequest['body'] {
  if (!body || args.body === undefined) return undefined;
  const { contentType, data } = encodeBody(body.type, args.body);
  // The boundary of a multipart body stands in its type.
  setHeader(headers, 'content-type', body.type === 'multipart' ? contentType : body.mediaType);
  return data;
}

/** Last, so that no argument takes the place of what the definition says. */
function applyDescription({ auth, headers }: ToolDescription, draft: RequestDraft, scope: Scope): void {
  for (const [name, text] of Object.entries(headers ?? {}))
    setHeader(draft.headers, name, renderText(text, scope));
  if (auth) applyAuth(auth, draft, scope);
}

/** Puts each argument where it belongs, and answers the path. */
function applyParameters(
  { id, path, parameters }: Operation,
  values: JsonObject,
  draft: RequestDraft,
): string {
  const inPath = new Map<string, string>();
  for (const parameter of parameters) {
    const value = values[parameter.name];
    if (!Object.hasOwn(values, parameter.name) || value === undefined) continue;
    if (parameter.in === 'path') inPath.set(parameter.name, pathValue(parameter, value));
    else if (parameter.in === 'query') draft.query.push(...queryParts(parameter, value));
    else if (parameter.in === 'header')
      setHeader(draft.headers, parameter.name, headerValue(parameter, value));
    else addCookie(draft.headers, parameter.name, cookieValue(parameter, value));
  }
  return path
    .split('/')
    .map((segment) => expandSegment(segment, inPath, id))
    .join('/');
}

/** A segment that is empty, or a step up, would lead to another operation than the one that was asked for. */
function expandSegment(template: string, values: ReadonlyMap<string, string>, id: string): string {
  const segment = template.replace(/\{([^{}]{1,200})\}/g, (_whole, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw invalidTool(`the path of ${id} has {${name}}, which is no path parameter`);
    if (value === '') throw invalidParameters(`the path parameter ${name} of ${id} must not be empty`);
    return value;
  });
  if (segment === template || !/^(?:\.|%2e){1,2}$/i.test(segment)) return segment;
  throw invalidParameters(`the path parameters of ${id} must not come to . or ..`);
}
