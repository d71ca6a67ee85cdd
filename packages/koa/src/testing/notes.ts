import type { Operation, SchemaError, ServerContract, Validator } from '@flowwire/contract';

/** A small API, written by hand as codegen would emit it. */
export interface Note {
  id: string;
  title: string;
}

export interface NotesError {
  error: string;
  message: string;
  fields?: { in: string; pointer: string }[];
}

export interface Delta {
  kind: 'delta';
  text: string;
}

export interface Done {
  kind: 'done';
}

export type NoteEvent =
  | { event: 'changed'; data: Note; id?: string }
  | { event: 'deleted'; data: { at: number } };

type Refused = { status: 400 | 401 | 403 | 404 | 406 | 413 | 415 | 500 | 503; body: NotesError };

export interface NotesOperations {
  listNotes: {
    input: { query?: { limit?: number; tag?: string[]; done?: boolean } };
    reply: { status: 200; body: { notes: Note[] } } | Refused;
  };
  recentNotes: { input: object; reply: { status: 200; body: { notes: Note[] } } | Refused };
  createNote: {
    input: { headers?: { 'Idempotency-Key'?: string }; body: { title: string; stars?: number } };
    reply: { status: 201; body: Note } | Refused;
  };
  getNote: { input: { path: { id: string } }; reply: { status: 200; body: Note } | Refused };
  deleteNote: { input: { path: { id: string } }; reply: { status: 204 } | Refused };
  askNote: {
    input: { path: { id: string }; body?: { mode: 'single' | 'stream' } };
    reply:
      | { status: 200; body: { answer: string } }
      | { status: 200; stream: Delta | Done; terminal: Done }
      | Refused;
  };
  watchNote: {
    input: { path: { id: string }; headers?: { 'Last-Event-ID'?: string } };
    reply: { status: 200; stream: NoteEvent } | Refused;
  };
  health: { input: { cookies?: { theme?: string } }; reply: { status: 200; body: string } };
}

type Check = (value: unknown) => Omit<SchemaError, 'instancePath'> | undefined;

const wrong = (type: string) => ({ keyword: 'type', params: { type }, message: `must be ${type}` });

export const string: Check = (value) => (typeof value === 'string' ? undefined : wrong('string'));
const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : wrong('boolean'));
const strings: Check = (value) => (Array.isArray(value) ? undefined : wrong('array'));
const anything: Check = () => undefined;
const integer: Check = (value) => {
  if (!Number.isInteger(value)) return wrong('integer');
  return Number(value) > 100
    ? { keyword: 'maximum', params: { limit: 100 }, message: 'must be <= 100' }
    : undefined;
};
const oneOf =
  (...allowedValues: string[]): Check =>
  (value) =>
    allowedValues.some((allowed) => allowed === value)
      ? undefined
      : { keyword: 'enum', params: { allowedValues } };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A validator of objects with these members, in the manner of Ajv with allErrors. */
export const object = (
  required: Record<string, Check>,
  optional: Record<string, Check> = {},
): Validator<unknown> => {
  const checks = { ...required, ...optional };
  const errorsOf = (data: unknown): SchemaError[] => {
    if (!isRecord(data)) return [{ instancePath: '', ...wrong('object') }];
    const missing = Object.keys(required).filter((name) => !(name in data));
    return [
      ...missing.map((missingProperty) => ({
        instancePath: '',
        keyword: 'required',
        params: { missingProperty },
      })),
      ...Object.entries(data).flatMap(([name, value]): SchemaError[] => {
        const check = checks[name];
        if (check === undefined) {
          return [
            { instancePath: '', keyword: 'additionalProperties', params: { additionalProperty: name } },
          ];
        }
        const error = check(value);
        return error === undefined ? [] : [{ instancePath: `/${name}`, ...error }];
      }),
    ];
  };
  const validate: Validator<unknown> = (data): data is unknown => {
    validate.errors = errorsOf(data);
    return validate.errors.length === 0;
  };
  return validate;
};

const isText: Validator<unknown> = (data): data is unknown => typeof data === 'string';

const note = object({ id: string, title: string });
const notes = object({ notes: anything });
const error = object({ error: string, message: string }, { fields: anything });
const id = object({ id: string });

const JSON_REPLY = { content: [{ mediaType: 'application/json', kind: 'json' }] } as const;

const operation = (
  method: Operation['method'],
  path: string,
  operationId: string,
  more: Partial<Operation> = {},
): Operation => ({
  operationId,
  method,
  path,
  parameters: [],
  security: [{ key: ['READ'] }],
  resumable: false,
  idempotencyKey: false,
  ...more,
  replies: {
    ...more.replies,
    ...Object.fromEntries(
      ['400', '401', '403', '404', '406', '413', '415', '500', '503'].map((status) => [status, JSON_REPLY]),
    ),
  },
});

const parameter = (
  name: string,
  where: 'path' | 'query' | 'header' | 'cookie',
  type: 'string' | 'integer' | 'boolean',
) =>
  ({
    name,
    in: where,
    required: where === 'path',
    style: where === 'path' || where === 'header' ? 'simple' : 'form',
    explode: false,
    type,
  }) as const;

const refusals = {
  '400': error,
  '401': error,
  '403': error,
  '404': error,
  '406': error,
  '413': error,
  '415': error,
  '500': error,
  '503': error,
};
const withJsonBody = { required: true, content: [{ mediaType: 'application/json', kind: 'json' }] } as const;
const path = [parameter('id', 'path', 'string')];

export const notesApi: ServerContract<NotesOperations> = {
  name: 'notes',
  title: 'Notes',
  version: '1.0.0',
  securitySchemes: {
    key: { type: 'http', scheme: 'bearer' },
    session: { type: 'apiKey', in: 'cookie', name: 'sid' },
  },
  operations: {
    // The parameter stands before the fixed words on purpose.
    getNote: operation('GET', '/api/notes/{id}', 'getNote', {
      parameters: path,
      replies: { '200': JSON_REPLY },
    }),
    deleteNote: operation('DELETE', '/api/notes/{id}', 'deleteNote', {
      parameters: path,
      security: [{ key: ['WRITE'] }, { session: [] }],
      replies: { '204': {} },
    }),
    listNotes: operation('GET', '/api/notes', 'listNotes', {
      parameters: [
        parameter('limit', 'query', 'integer'),
        parameter('done', 'query', 'boolean'),
        {
          name: 'tag',
          in: 'query',
          required: false,
          style: 'form',
          explode: true,
          type: 'array',
          items: 'string',
        },
      ],
      replies: { '200': JSON_REPLY },
    }),
    recentNotes: operation('GET', '/api/notes/recent', 'recentNotes', { replies: { '200': JSON_REPLY } }),
    createNote: operation('POST', '/api/notes', 'createNote', {
      parameters: [parameter('Idempotency-Key', 'header', 'string')],
      body: withJsonBody,
      security: [{ key: ['WRITE'] }],
      replies: { '201': JSON_REPLY },
    }),
    askNote: operation('POST', '/api/notes/{id}/ask', 'askNote', {
      parameters: path,
      body: { ...withJsonBody, required: false },
      streamSwitch: { field: 'mode', stream: 'stream', single: 'single' },
      replies: {
        '200': {
          ...JSON_REPLY,
          stream: {
            item: 'data',
            data: 'json',
            sentinels: ['[DONE]'],
            discriminator: 'kind',
            terminal: ['done'],
            known: ['delta', 'done'],
          },
        },
      },
    }),
    watchNote: operation('GET', '/api/notes/{id}/events', 'watchNote', {
      parameters: [...path, parameter('Last-Event-ID', 'header', 'string')],
      replies: {
        '200': {
          stream: {
            item: 'event',
            data: 'json',
            sentinels: [],
            discriminator: 'event',
            terminal: ['deleted'],
            known: ['changed', 'deleted'],
          },
        },
      },
    }),
    health: operation('GET', '/api/notes/health', 'health', {
      parameters: [parameter('theme', 'cookie', 'string')],
      security: [],
      replies: { '200': { content: [{ mediaType: 'text/plain; charset=utf-8', kind: 'text' }] } },
    }),
  },
  inputs: {
    listNotes: { query: object({}, { limit: integer, done: boolean, tag: strings }) },
    recentNotes: {},
    createNote: {
      headers: object({}, { 'Idempotency-Key': string }),
      body: object({ title: string }, { stars: integer }),
    },
    getNote: { path: id },
    deleteNote: { path: id },
    askNote: { path: id, body: object({ mode: oneOf('single', 'stream') }) },
    watchNote: { path: id, headers: object({}, { 'Last-Event-ID': string }) },
    health: { cookies: object({}, { theme: string }) },
  },
  channels: {},
  serverMessages: {},
  clientMessages: {},
  channelInputs: {},
  outputs: {
    listNotes: { replies: { '200': notes, ...refusals } },
    recentNotes: { replies: { '200': notes, ...refusals } },
    createNote: { replies: { '201': note, ...refusals } },
    getNote: { replies: { '200': note, ...refusals } },
    deleteNote: { replies: refusals },
    askNote: {
      replies: { '200': object({ answer: string }), ...refusals },
      item: object({ kind: oneOf('delta', 'done') }, { text: string }),
    },
    watchNote: {
      replies: refusals,
      item: object({ event: oneOf('changed', 'deleted'), data: anything }, { id: string }),
    },
    health: { replies: { '200': isText } },
  },
};
