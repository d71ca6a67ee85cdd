import type {
  Channel,
  MessageFormat,
  NoChannels,
  SchemaError,
  ServerContract,
  Validator,
  WithOptional,
} from '@flowwire/contract';

/** A small API with a chat room over a socket, written by hand as codegen would emit it. */
export interface Said {
  type: 'said';
  text: string;
  seq: number;
}
export interface Typing {
  type: 'typing';
  who: string;
}
export interface Ack {
  type: 'ack';
  replyTo: string;
  at?: number;
}
export interface Failed {
  type: 'error';
  replyTo?: string;
  code: string;
  message: string;
  pointers?: string[];
}
export interface Say {
  type: 'say';
  id: string;
  text: string;
}
export interface Ask {
  type: 'ask';
  id: string;
}
export interface Look {
  type: 'look';
  at: number;
}

export interface RoomsChannels {
  room: {
    input: { path: { id: string }; query?: { lang?: string } };
    server: { said: Said; typing: Typing; ack: Ack; error: Failed };
    client: { say: Say; ask: Ask; look: Look };
    requests: {
      say: {
        message: WithOptional<Say, 'id'>;
        reply: Ack | Failed;
        answer: WithOptional<Ack, 'replyTo'> | Failed;
      };
      ask: {
        message: WithOptional<Ask, 'id'>;
        reply: Ack | Failed;
        answer: WithOptional<Ack, 'replyTo'> | Failed;
      };
    };
    session: {
      auth: { type: 'auth'; token: string };
      ready: { type: 'auth.ok'; data: { epoch: string; lastSeq: number; heartbeatMs: number } };
      ping: { type: 'ping'; data?: object };
      pong: { type: 'pong'; data?: object };
      resume: { type: 'resume'; data: { epoch: string; lastSeq: number } };
      resumeFailed: { type: 'resume.failed'; data: { epoch: string; lastSeq: number; reason: string } };
    };
  };
  bare: {
    input: object;
    server: { typing: Typing };
    client: { look: Look };
    requests: NoChannels;
    session: NoChannels;
  };
}

/** A validator of objects whose members have these types; `?` marks one that may be missing. */
function validator(members: Readonly<Record<string, string>>): Validator<unknown> {
  const validate: Validator<unknown> = (data): data is unknown => {
    validate.errors = Object.entries(members).flatMap(([name, type]): SchemaError[] => {
      const value: unknown = Reflect.get(Object(data), name);
      if (type.endsWith('?') && value === undefined) return [];
      const expected = type.replace('?', '');
      if (value === undefined)
        return [{ instancePath: '', keyword: 'required', params: { missingProperty: name } }];
      if (typeof value === expected) return [];
      return [{ instancePath: `/${name}`, keyword: 'type', params: {}, message: `must be ${expected}` }];
    });
    return validate.errors.length === 0;
  };
  return validate;
}

const serverSays = {
  'auth.ok': validator({ data: 'object' }),
  ping: validator({ data: 'object?' }),
  pong: validator({ data: 'object?' }),
  'resume.failed': validator({ data: 'object' }),
  said: validator({ text: 'string', seq: 'number' }),
  typing: validator({ who: 'string' }),
  ack: validator({ replyTo: 'string', at: 'number?' }),
  error: validator({ code: 'string', message: 'string' }),
};

const clientSays = {
  auth: validator({ token: 'string' }),
  ping: validator({ data: 'object?' }),
  pong: validator({ data: 'object?' }),
  resume: validator({ data: 'object' }),
  say: validator({ id: 'string', text: 'string' }),
  ask: validator({ id: 'string' }),
  look: validator({ at: 'number' }),
};

const server = Object.keys(serverSays).map(
  (type): MessageFormat =>
    type === 'ack' || type === 'error' ? { type, correlationId: '/replyTo' } : { type },
);
const client = Object.keys(clientSays).map(
  (type): MessageFormat =>
    type === 'say' || type === 'ask' ? { type, correlationId: '/id', replies: ['ack', 'error'] } : { type },
);

const parameter = { in: 'path', required: true, style: 'simple', explode: false, type: 'string' } as const;

const room: Channel = {
  name: 'room',
  address: '/api/rooms/{id}/socket',
  parameters: [
    { ...parameter, name: 'id' },
    { ...parameter, name: 'lang', in: 'query', required: false, style: 'form', explode: true },
  ],
  security: [{ key: ['READ'] }],
  discriminator: 'type',
  server,
  client,
  session: {
    auth: 'auth',
    ready: 'auth.ok',
    ping: 'ping',
    pong: 'pong',
    resume: 'resume',
    resumeFailed: 'resume.failed',
    sequence: '/seq',
  },
  closeCodes: [],
};

const bare: Channel = {
  name: 'bare',
  address: '/api/bare',
  parameters: [],
  security: [{ cookie: [] }, { key: ['READ'] }],
  discriminator: 'type',
  server: [{ type: 'typing' }],
  client: [{ type: 'look' }],
  closeCodes: [],
};

export const roomsApi: ServerContract<Record<never, never>, RoomsChannels> = {
  name: 'rooms',
  title: 'Rooms',
  version: '1.0.0',
  operations: {},
  inputs: {},
  outputs: {},
  securitySchemes: {
    key: { type: 'http', scheme: 'bearer' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
  },
  channels: { room, bare },
  channelInputs: {
    room: { path: validator({ id: 'string' }), query: validator({ lang: 'string?' }) },
    bare: {},
  },
  serverMessages: { room: serverSays, bare: { typing: serverSays.typing } },
  clientMessages: { room: clientSays, bare: { look: clientSays.look } },
};
