import type {
  Channel,
  MessageFormat,
  ServerContract,
  Socket,
  SocketOptions,
  Validator,
  WithOptional,
} from '@flowwire/client';

/** A small API with one socket, as codegen would emit it: what is said in a room is its log. */
export interface Said {
  type: 'said';
  text: string;
  seq: number;
}
export interface Say {
  type: 'say';
  id: string;
  text: string;
}
export interface Ack {
  type: 'ack';
  replyTo: string;
  seq?: never;
}
export interface Failed {
  type: 'error';
  replyTo?: string;
  code: string;
}

interface Position {
  epoch: string;
  lastSeq: number;
}

export interface RoomsChannels {
  room: {
    input: { path: { id: string } };
    server: { said: Said; ack: Ack; error: Failed };
    client: { say: Say };
    requests: {
      say: {
        message: WithOptional<Say, 'id'>;
        reply: Ack | Failed;
        answer: WithOptional<Ack | Failed, 'replyTo'>;
      };
    };
    session: {
      ready: { type: 'ready'; data: Position & { heartbeatMs: number } };
      resumeFailed: { type: 'lost'; data: Position };
    };
  };
}

export interface RoomsClient {
  room(
    input: RoomsChannels['room']['input'],
    options?: SocketOptions,
  ): Socket<Say, Said | Ack | Failed, RoomsChannels['room']['requests'], 'type'>;
}

/** Objects whose members have these types. */
function validator(members: Readonly<Record<string, string>>): Validator<unknown> {
  const validate: Validator<unknown> = (data): data is unknown => {
    const wrong = Object.keys(members).find(
      (name) => typeof Reflect.get(Object(data), name) !== members[name],
    );
    validate.errors = wrong ? [{ instancePath: `/${wrong}`, keyword: 'type', params: {} }] : null;
    return wrong === undefined;
  };
  return validate;
}

const serverSays = {
  ready: validator({ data: 'object' }),
  pong: validator({}),
  lost: validator({ data: 'object' }),
  said: validator({ text: 'string', seq: 'number' }),
  ack: validator({ replyTo: 'string' }),
  error: validator({ code: 'string' }),
};
const clientSays = {
  auth: validator({ token: 'string' }),
  ping: validator({}),
  resume: validator({ data: 'object' }),
  say: validator({ id: 'string', text: 'string' }),
};

const answered = { ack: '/replyTo', error: '/replyTo' };
const server = Object.keys(serverSays).map((type): MessageFormat => {
  const correlationId: unknown = Reflect.get(answered, type);
  return typeof correlationId === 'string' ? { type, correlationId } : { type };
});
const client: MessageFormat[] = [
  { type: 'auth' },
  { type: 'ping' },
  { type: 'resume' },
  { type: 'say', correlationId: '/id', replies: ['ack', 'error'] },
];

const room: Channel = {
  name: 'room',
  address: '/rooms/{id}',
  parameters: [{ name: 'id', in: 'path', required: true, style: 'simple', explode: false, type: 'string' }],
  security: [{ key: [] }],
  discriminator: 'type',
  server,
  client,
  session: {
    auth: 'auth',
    ready: 'ready',
    ping: 'ping',
    pong: 'pong',
    resume: 'resume',
    resumeFailed: 'lost',
    sequence: '/seq',
  },
  closeCodes: [],
};

type NoOperations = Readonly<Record<never, never>>;

export const roomsApi: ServerContract<NoOperations, RoomsChannels> = {
  name: 'rooms',
  title: 'Rooms',
  version: '1.0.0',
  operations: {},
  inputs: {},
  outputs: {},
  securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
  channels: { room },
  channelInputs: { room: { path: validator({ id: 'string' }) } },
  serverMessages: { room: serverSays },
  clientMessages: { room: clientSays },
};
