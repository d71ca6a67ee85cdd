import type {
  CallOptions,
  Contract,
  EventStream,
  Operation,
  StreamOptions,
  Validator,
} from '@flowwire/contract';

/** A small API by hand with one operation of each kind that a client tells apart. */

export interface Thing {
  id: string;
}
export interface Problem {
  code: string;
}
export type Tick = { event: 'tick'; seq: number } | { event: 'end'; seq: number };

export interface Operations {
  getThing: {
    input: { path: { id: string }; query?: { tags?: string[]; filter?: Record<string, string> } };
    reply: { status: 200; body: Thing } | { status: 404; body: Problem } | { status: 410 };
  };
  createThing: { input: { body: Thing }; reply: { status: 201; body: Thing } | { status: 204 } };
  upload: { input: { body: { name: string; file: Blob } }; reply: { status: 204 } };
  run: {
    input: { body: { mode?: string; inputs: object }; headers?: { 'Idempotency-Key'?: string } };
    reply: { status: 200; body: Thing } | { status: 200; stream: Tick } | { status: 409; body: Problem };
  };
  follow: {
    input: { headers?: { 'Last-Event-ID'?: string } };
    reply: { status: 200; stream: Tick } | { status: 204 } | { status: 404; body: Problem };
  };
  startOnce: { input: { body: object }; reply: { status: 200; stream: Tick } };
  tail: { input: object; reply: { status: 200; stream: string } };
  lines: { input: object; reply: { status: 200; stream: string } };
  named: { input: object; reply: { status: 200; stream: object } };
}

export interface Client {
  getThing(input: Operations['getThing']['input'], options?: CallOptions): Promise<Thing>;
  createThing(input: Operations['createThing']['input'], options?: CallOptions): Promise<Thing | undefined>;
  upload(input: Operations['upload']['input'], options?: CallOptions): Promise<void>;
  run: {
    (input: Operations['run']['input'], options?: CallOptions): Promise<Thing>;
    stream(input: Operations['run']['input'], options?: StreamOptions): EventStream<Tick>;
  };
  follow(input?: Operations['follow']['input'], options?: StreamOptions): EventStream<Tick>;
  startOnce(input: Operations['startOnce']['input'], options?: StreamOptions): EventStream<Tick>;
  tail(input?: object, options?: StreamOptions): EventStream<string>;
  lines(input?: object, options?: StreamOptions): EventStream<string>;
  named(input?: object, options?: StreamOptions): EventStream<object>;
}

function validator<T>(accepts: (data: unknown) => boolean): Validator<T> {
  const validate: Validator<T> = (data: unknown): data is T => {
    const isValid = accepts(data);
    validate.errors = isValid ? null : [{ instancePath: '', keyword: 'type', params: {} }];
    return isValid;
  };
  return validate;
}

const has = (data: unknown, name: string, type: string) =>
  typeof data === 'object' && data !== null && typeof Reflect.get(data, name) === type;

const thing = validator<Thing>((data) => has(data, 'id', 'string'));
const problem = validator<Problem>((data) => has(data, 'code', 'string'));
const tick = validator<Tick>(
  (data) => has(data, 'seq', 'number') && /^(tick|end)$/.test(Reflect.get(Object(data), 'event')),
);
const named = validator<object>((data) => has(data, 'data', 'object'));

const ticks = {
  item: 'data',
  data: 'json',
  sentinels: ['[DONE]'],
  discriminator: 'event',
  terminal: ['end'],
  known: ['tick', 'end'],
} as const;

const json = { content: [{ mediaType: 'application/json', kind: 'json' }] } as const;

const plain = { parameters: [], security: [{ bearer: [] }], resumable: false, idempotencyKey: false };
const post = {
  ...plain,
  method: 'POST',
  body: { required: true, content: [{ mediaType: 'application/json', kind: 'json' }] },
} as const;
const get = { ...plain, method: 'GET' } as const;
const parameter = { required: false, style: 'form', explode: true, type: 'array' } as const;

const operations: Record<keyof Operations, Operation> = {
  getThing: {
    ...get,
    operationId: 'getThing',
    path: '/things/{id}',
    parameters: [
      { name: 'id', in: 'path', required: true, style: 'simple', explode: false, type: 'string' },
      { ...parameter, name: 'tags', in: 'query' },
      { ...parameter, name: 'filter', in: 'query', style: 'deepObject', type: 'object' },
    ],
    replies: { 200: json, 404: json, 410: {} },
  },
  createThing: {
    ...post,
    operationId: 'createThing',
    path: '/things',
    replies: { 201: json, 204: {} },
    security: [{ header: [] }],
  },
  upload: {
    ...post,
    operationId: 'upload',
    path: '/upload',
    body: { required: true, content: [{ mediaType: 'multipart/form-data', kind: 'multipart' }] },
    replies: { 204: {} },
    security: [{ query: [] }],
  },
  run: {
    ...post,
    operationId: 'run',
    path: '/run',
    replies: { 200: { ...json, stream: ticks }, 204: {}, 409: json },
    streamSwitch: { field: 'mode', stream: 'streaming', single: 'blocking' },
    resumable: true,
    idempotencyKey: true,
  },
  follow: {
    ...get,
    operationId: 'follow',
    path: '/follow',
    replies: { 200: { stream: ticks }, 204: {}, 404: json },
    resumable: true,
  },
  startOnce: { ...post, operationId: 'startOnce', path: '/once', replies: { 200: { stream: ticks } } },
  tail: {
    ...get,
    operationId: 'tail',
    path: '/tail',
    replies: { 200: { stream: { item: 'data', data: 'text', sentinels: [], terminal: [], known: [] } } },
    security: [],
  },
  lines: {
    ...get,
    operationId: 'lines',
    path: '/lines',
    replies: {
      200: { stream: { item: 'data', data: 'text', sentinels: ['[DONE]'], terminal: [], known: [] } },
    },
    security: [],
  },
  named: {
    ...get,
    operationId: 'named',
    path: '/named',
    replies: { 200: { stream: { ...ticks, item: 'event', known: ['tick', 'end'] } } },
    security: [{}, { cookie: [] }],
  },
};

export const fixture: Contract<Operations, Client> = {
  name: 'fixture',
  title: 'Fixture',
  version: '1.0.0',
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer' },
    header: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
    query: { type: 'apiKey', in: 'query', name: 'key' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'session' },
  },
  operations,
  channels: {},
  serverMessages: {},
  outputs: {
    getThing: { replies: { 200: thing, 404: problem } },
    createThing: { replies: { 201: thing } },
    upload: { replies: {} },
    run: { replies: { 200: thing, 409: problem }, item: tick },
    follow: { replies: { 404: problem }, item: tick },
    startOnce: { replies: {}, item: tick },
    tail: { replies: {} },
    lines: { replies: {} },
    named: { replies: {}, item: named },
  },
};
