import type { BundledDocument } from '../../bundle/read.ts';
import { isObject, type JsonObject } from '../../json.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: ref(name) } });
const event = (name: string, properties: JsonObject, required: readonly string[] = []) => ({
  type: 'object',
  required: ['event', ...required],
  properties: { event: { const: name }, ...properties },
});

/** An OpenAPI document with each thing whose changes are judged. */
export const openapi = (): JsonObject =>
  structuredClone({
    openapi: '3.2.0',
    info: { title: 'Runs', version: '1.0.0' },
    servers: [{ url: 'https://example.com' }],
    security: [{ key: ['READ'] }],
    paths: {
      '/runs/{id}': {
        'x-path-aliases': ['/v1/runs/{id}'],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        get: {
          operationId: 'getRun',
          parameters: [{ name: 'view', in: 'query', schema: { enum: ['short', 'long'] } }],
          responses: {
            200: {
              description: 'The run.',
              headers: { ETag: { required: true, schema: { type: 'string' } } },
              content: json('Run'),
            },
            404: { description: 'None.', 'x-error-codes': ['not_found', 'gone'], content: json('Fault') },
          },
        },
        post: {
          operationId: 'startRun',
          'x-stream-switch': { field: 'mode', stream: 'streaming', single: 'blocking' },
          security: [{ key: ['WRITE'] }],
          requestBody: { content: json('Start') },
          responses: {
            200: {
              description: 'Its events, or what became of it.',
              content: { ...json('Run'), 'text/event-stream': { itemSchema: ref('Item') } },
            },
          },
        },
        additionalOperations: {
          COPY: { operationId: 'copyRun', requestBody: { content: json('Run') }, responses: {} },
          MOVE: {
            operationId: 'moveRun',
            parameters: [{ name: 'x-trace', in: 'header', schema: { type: 'string' } }],
            responses: {},
          },
        },
      },
    },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'c' },
      },
      schemas: {
        Run: {
          type: 'object',
          required: ['id', 'shape'],
          properties: {
            id: { type: 'string' },
            note: { type: 'string' },
            shape: {
              oneOf: [ref('Round'), ref('Square')],
              discriminator: {
                propertyName: 'kind',
                mapping: { round: ref('Round').$ref, square: ref('Square').$ref },
              },
            },
          },
        },
        Round: { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } },
        Square: {
          type: 'object',
          required: ['kind', 'side'],
          properties: { kind: { type: 'string' }, side: {} },
        },
        Start: {
          type: 'object',
          required: ['input'],
          additionalProperties: false,
          properties: {
            input: { type: 'string', maxLength: 10 },
            tag: { enum: ['a', 'b'] },
            mode: { enum: ['streaming', 'blocking'], default: 'streaming' },
          },
        },
        Fault: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
        Item: {
          oneOf: [
            {
              type: 'object',
              required: ['data'],
              properties: {
                data: { type: 'string', contentMediaType: 'application/json', contentSchema: ref('Event') },
              },
            },
            { type: 'object', required: ['data'], properties: { data: { const: '[DONE]' } } },
          ],
        },
        Event: {
          oneOf: [ref('Started'), ref('Ended')],
          discriminator: {
            propertyName: 'event',
            mapping: { started: ref('Started').$ref, ended: ref('Ended').$ref },
          },
        },
        Started: event('started', { note: { type: 'string' } }),
        Ended: { ...event('ended', { status: { enum: ['ok', 'failed'] } }, ['status']), 'x-terminal': true },
      },
    },
  });

const message = (name: string) => ({ $ref: `#/components/messages/${name}` });
const inSocket = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` });

/** An AsyncAPI document with each thing whose changes are judged. */
export const asyncapi = (): JsonObject =>
  structuredClone({
    asyncapi: '3.1.0',
    info: { title: 'Socket', version: '1.0.0' },
    channels: {
      socket: {
        address: '/socket/{room}',
        parameters: { room: { enum: ['a', 'b'] } },
        bindings: { ws: { method: 'GET' } },
        'x-socket-session': { auth: 'hello', ready: 'welcome' },
        'x-close-codes': [{ code: 4400, reason: 'No.', retry: false }],
        messages: {
          hello: message('hello'),
          say: message('say'),
          welcome: message('welcome'),
          said: message('said'),
        },
      },
    },
    operations: {
      receive: {
        action: 'receive',
        channel: { $ref: '#/channels/socket' },
        messages: [inSocket('hello'), inSocket('say')],
        reply: { channel: { $ref: '#/channels/socket' }, messages: [inSocket('welcome')] },
      },
      tell: { action: 'send', channel: { $ref: '#/channels/socket' }, messages: [inSocket('said')] },
    },
    components: {
      messages: {
        hello: { name: 'hello', payload: ref('Hello') },
        say: { name: 'say', payload: ref('Say') },
        welcome: { name: 'welcome', payload: ref('Welcome') },
        said: { name: 'said', payload: ref('Said') },
      },
      schemas: {
        Hello: {
          type: 'object',
          required: ['type'],
          additionalProperties: false,
          properties: { type: { const: 'hello' }, token: { type: 'string' }, how: { enum: ['a', 'b'] } },
        },
        Say: { oneOf: [ref('Loud'), ref('Quiet')] },
        Loud: { type: 'object', properties: { loud: { const: true } } },
        Quiet: { type: 'object', properties: { loud: { const: false } } },
        Welcome: {
          type: 'object',
          required: ['type'],
          properties: { type: { const: 'welcome' }, mood: { enum: ['good'] } },
        },
        Said: {
          type: 'object',
          required: ['text'],
          properties: { text: { type: 'string' }, how: { oneOf: [ref('Loud'), ref('Quiet')] } },
        },
      },
    },
  });

/** A document as reading it would give it. */
export function bundled(root: unknown): BundledDocument {
  if (!isObject(root)) throw new Error('This is no document.');
  return { kind: 'openapi' in root ? 'openapi' : 'asyncapi', version: '3', root };
}
