import type { Channel, MessageFormat, Socket, SocketOptions, Validator } from '@flowwire/contract';
import { resolveBaseUrl } from '../../http/base-url.ts';
import type { ClientOptions } from '../../options.ts';
import { createSocketMethods, type SocketContract } from '../methods.ts';

/** A small API by hand: a chat room over a socket, with a session, and a bare one without. */

export interface Said {
  type: 'said';
  text: string;
  seq: number;
}
export interface Typing {
  type: 'typing';
  who: string;
  /** It may come of a request, but does not answer it. */
  replyTo?: string;
}
export interface Ack {
  type: 'ack';
  replyTo: string;
}
export interface Failed {
  type: 'error';
  replyTo?: string;
  code: string;
}
export interface Say {
  type: 'say';
  id: string;
  text: string;
}
export interface Look {
  type: 'look';
  at: number;
}

export type RoomEvent = Said | Typing | Ack | Failed;

interface Requests {
  say: { message: Omit<Say, 'id'> & { id?: string }; reply: Ack | Failed };
}

export type Room = Socket<Say | Look, RoomEvent, Requests, 'type'>;

export interface RoomClient {
  room(input: { path: { id: string }; query?: { lang?: string } }, options?: SocketOptions): Room;
  bare(
    input?: { headers?: Record<string, string> },
    options?: SocketOptions,
  ): Socket<Say, Said, Readonly<Record<never, never>>>;
}

const validator = (members: Readonly<Record<string, string>>): Validator<unknown> => {
  const validate: Validator<unknown> = (data): data is unknown => {
    const wrong = Object.entries(members).find(
      ([name, type]) => typeof Reflect.get(Object(data), name) !== type,
    );
    validate.errors = wrong ? [{ instancePath: `/${wrong[0]}`, keyword: 'type', params: {} }] : null;
    return wrong === undefined;
  };
  return validate;
};

const says: Readonly<Record<string, Validator<unknown>>> = {
  'auth.ok': validator({ data: 'object' }),
  ping: validator({}),
  pong: validator({}),
  'resume.failed': validator({ data: 'object' }),
  said: validator({ text: 'string' }),
  typing: validator({ who: 'string' }),
  ack: validator({ replyTo: 'string' }),
  error: validator({ code: 'string' }),
};

const answered = { correlationId: '/replyTo' };
const correlated = new Set(['ack', 'error', 'typing']);
const server: MessageFormat[] = Object.keys(says).map((type) =>
  correlated.has(type) ? { type, ...answered } : { type },
);
const client: MessageFormat[] = [
  ...['auth', 'ping', 'pong', 'resume', 'look'].map((type) => ({ type })),
  { type: 'say', correlationId: '/id', replies: ['ack', 'error'] },
];

const parameter = { in: 'path', required: true, style: 'simple', explode: false, type: 'string' } as const;

const room: Channel = {
  name: 'room',
  address: '/rooms/{id}',
  parameters: [
    { ...parameter, name: 'id' },
    { ...parameter, name: 'lang', in: 'query', required: false, style: 'form', explode: true },
  ],
  security: [{ key: [] }],
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
  closeCodes: [
    { code: 4401, reason: 'No valid key.', retry: false },
    { code: 4408, reason: 'Too late.', retry: true },
  ],
};

const bare: Channel = {
  name: 'bare',
  address: '/bare/{version}',
  parameters: [{ ...parameter, name: 'version', default: 'v1' }],
  security: [{ key: [] }],
  discriminator: 'type',
  server: [{ type: 'said' }],
  client: [{ type: 'say' }],
  closeCodes: [],
};

export const rooms: SocketContract = {
  name: 'rooms',
  securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
  channels: { room, bare },
  serverMessages: { room: says, bare: { said: validator({ text: 'string' }) } },
};

export function createRooms(options: ClientOptions, contract: SocketContract = rooms): RoomClient {
  const baseUrl = resolveBaseUrl(options.baseUrl);
  const methods = createSocketMethods(contract, { ...options, baseUrl });
  // Sound: the interface says of each channel above what its table says.
  return methods as unknown as RoomClient;
}
