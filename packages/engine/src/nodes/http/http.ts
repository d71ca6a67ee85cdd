import { interpolate, renderText, type Scope } from '../../definition/references.ts';
import type { HttpBody, HttpNode } from '../../definition/types.ts';
import {
  closed,
  DEFAULT_TIMEOUT_MS,
  described,
  type LeafType,
  type NodeContext,
  TEXT,
  TEXT_MAP,
  VALUE,
} from '../node-type.ts';
import { applyAuth } from './auth.ts';
import { encodeBody } from './body.ts';
import { checkHttp } from './check.ts';
import { type HeaderFields, setHeader } from './headers.ts';
import { statusError, toOutcome } from './outcome.ts';
import { DEFAULT_MAX_RESPONSE_BYTES, type HttpRequest } from './sender.ts';
import { withQuery } from './url.ts';

export const http: LeafType<HttpNode> = {
  kind: 'leaf',
  summary: 'Sends one HTTP request',
  summaryZh: '发送一次 HTTP 请求',
  docs:
    'Sends one HTTP request. Outputs `status`, `headers`, `body` (text, or base64 with ' +
    '`response_type: base64`) and `json` (the parsed body, or null). A status of 400 or more fails the ' +
    'node unless `accept_errors` is set; 408, 429 and 5xx can be retried, no sooner than `Retry-After` asks. ' +
    'Requests carry an `Idempotency-Key` that is the same for every attempt of one node of one run, unless ' +
    '`headers` has one. Addresses that are not public are refused unless the server allows them.',
  example: {
    id: 'fetch',
    type: 'http',
    method: 'POST',
    url: 'https://api.example.com/reports',
    auth: { type: 'bearer', token: '{{ secret.REPORTS_KEY }}' },
    body: { type: 'json', content: { title: '{{ start.title }}' } },
    retry: { max_attempts: 3 },
  },
  schema: {
    required: ['method', 'url'],
    properties: {
      method: { enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] },
      url: { type: 'string', minLength: 1, maxLength: 8_000 },
      headers: TEXT_MAP,
      query: TEXT_MAP,
      auth: { $ref: '#/$defs/HttpAuth' },
      body: { $ref: '#/$defs/HttpBody' },
      response_type: {
        enum: ['text', 'base64'],
        default: 'text',
        description: 'How `body` holds the answer: as text, or its bytes in base64.',
      },
      max_redirects: {
        type: 'integer',
        minimum: 0,
        maximum: 10,
        default: 5,
        description: 'How many redirects are followed; more fail the node. With 0 a redirect is the answer.',
      },
      max_response_bytes: { type: 'integer', minimum: 1, maximum: 10_485_760, default: 1_048_576 },
      accept_errors: { type: 'boolean', default: false },
    },
  },
  defs: {
    HttpAuth: {
      description: 'How a request proves who sends it. Values usually refer to `{{ secret.NAME }}`.',
      oneOf: [{ $ref: '#/$defs/BasicAuth' }, { $ref: '#/$defs/BearerAuth' }, { $ref: '#/$defs/ApiKeyAuth' }],
      discriminator: {
        propertyName: 'type',
        mapping: {
          basic: '#/$defs/BasicAuth',
          bearer: '#/$defs/BearerAuth',
          api_key: '#/$defs/ApiKeyAuth',
        },
      },
    },
    BasicAuth: closed({ type: { const: 'basic' }, username: TEXT, password: TEXT }, [
      'type',
      'username',
      'password',
    ]),
    BearerAuth: closed({ type: { const: 'bearer' }, token: TEXT }, ['type', 'token']),
    ApiKeyAuth: closed(
      {
        type: { const: 'api_key' },
        name: { type: 'string', minLength: 1, maxLength: 200 },
        value: TEXT,
        in: { enum: ['header', 'query', 'cookie'], default: 'header' },
      },
      ['type', 'name', 'value'],
    ),
    HttpBody: closed(
      {
        type: {
          enum: ['json', 'text', 'form', 'multipart', 'binary'],
          description:
            'How `content` is sent. A form takes an object of texts; multipart takes an object of texts and ' +
            'of files `{filename, content_type, base64}`; lists repeat their field. Binary takes base64 text.',
        },
        content: VALUE,
        content_type: described(TEXT, 'In place of the usual one; not for forms and multipart.'),
      },
      ['type', 'content'],
    ),
  },
  fallible: 'retry',
  interpolated: ['url', 'headers', 'query', 'auth', 'body'],
  takesSecrets: true,
  outputs: () => ['status', 'headers', 'body', 'json'],
  timeoutMs: (node) => node.timeout_ms ?? DEFAULT_TIMEOUT_MS,

  check: checkHttp,

  async execute(node, context) {
    const response = await context.services.http.send(buildRequest(node, context), context.signal);
    if (response.status >= 400 && node.accept_errors !== true) {
      throw statusError(response, context.services.clock.now());
    }
    return { outputs: toOutcome(response, node.response_type) };
  },
};

function buildRequest(node: HttpNode, { tenantId, scope, idempotencyKey }: NodeContext): HttpRequest {
  const headers: HeaderFields = new Map([['idempotency-key', idempotencyKey]]);
  const query = Object.entries(node.query ?? {}).map(([name, text]) =>
    new URLSearchParams([[name, renderText(text, scope)]]).toString(),
  );
  const body = node.body && renderBody(node.body, headers, scope);
  for (const [name, text] of Object.entries(node.headers ?? {}))
    setHeader(headers, name, renderText(text, scope));
  if (node.auth) applyAuth(node.auth, { headers, query }, scope);
  return {
    tenantId,
    method: node.method,
    url: withQuery(renderText(node.url, scope), query),
    headers: Object.fromEntries(headers),
    ...(body !== undefined && { body }),
    maxResponseBytes: node.max_response_bytes ?? DEFAULT_MAX_RESPONSE_BYTES,
    ...(node.max_redirects !== undefined && { maxRedirects: node.max_redirects }),
  };
}

function renderBody(
  { type, content, content_type: contentType }: HttpBody,
  headers: HeaderFields,
  scope: Scope,
): string | Uint8Array {
  const body = encodeBody(type, interpolate(content, scope));
  setHeader(
    headers,
    'content-type',
    contentType === undefined ? body.contentType : renderText(contentType, scope),
  );
  return body.data;
}
