import { interpolate, renderText, type Scope, textOf } from '../../definition/references.ts';
import type { HttpBody, HttpNode } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import type { JsonValue } from '../../events.ts';
import { DEFAULT_TIMEOUT_MS, type NodeContext, type NodeExecutor } from '../executor.ts';
import type { HttpRequest, HttpResponse } from './sender.ts';

const DEFAULT_MAX_RESPONSE_BYTES = 1024 * 1024;

export const http: NodeExecutor<HttpNode> = {
  timeoutMs: (node) => node.timeout_ms ?? DEFAULT_TIMEOUT_MS,

  async execute(node, context) {
    const response = await context.services.http.send(buildRequest(node, context), context.signal);
    if (response.status >= 400 && node.accept_errors !== true) {
      throw statusError(response, context.services.clock.now());
    }
    const { status, headers, body } = response;
    return { outputs: { status, headers, body, json: parseJson(body) } };
  },
};

function buildRequest(node: HttpNode, { scope, idempotencyKey }: NodeContext): HttpRequest {
  const body = node.body && encodeBody(node.body, scope);
  const headers: Record<string, string> = { 'idempotency-key': idempotencyKey };
  if (body) headers['content-type'] = body.type;
  for (const [name, value] of Object.entries(node.headers ?? {})) {
    headers[name.toLowerCase()] = renderText(value, scope);
  }
  return {
    method: node.method,
    url: withQuery(renderText(node.url, scope), node.query ?? {}, scope),
    headers,
    ...(body && { body: body.text }),
    maxResponseBytes: node.max_response_bytes ?? DEFAULT_MAX_RESPONSE_BYTES,
  };
}

function withQuery(url: string, query: Readonly<Record<string, string>>, scope: Scope): string {
  const entries = Object.entries(query);
  // The sender refuses what is no URL.
  if (entries.length === 0 || !URL.canParse(url)) return url;
  const full = new URL(url);
  for (const [name, value] of entries) full.searchParams.append(name, renderText(value, scope));
  return full.href;
}

function encodeBody({ type, content }: HttpBody, scope: Scope): { type: string; text: string } {
  const value = interpolate(content, scope);
  switch (type) {
    case 'json':
      return { type: 'application/json', text: JSON.stringify(value) };
    case 'text':
      return { type: 'text/plain; charset=utf-8', text: textOf(value) };
    case 'form': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new NodeError('the content of a form must be an object', { code: 'invalid_request' });
      }
      const fields = new URLSearchParams();
      for (const [name, item] of Object.entries(value)) fields.append(name, textOf(item));
      return { type: 'application/x-www-form-urlencoded', text: fields.toString() };
    }
  }
}

function parseJson(body: string): JsonValue {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function statusError({ status, headers }: HttpResponse, now: number): NodeError {
  return new NodeError(`the server answered ${status}`, {
    code: 'http_status',
    retryable: status >= 500 || status === 429 || status === 408,
    retryAfterMs: parseRetryAfter(headers['retry-after'], now),
  });
}

/** Seconds or a date (RFC 9110 section 10.2.3), as milliseconds from now. */
function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
