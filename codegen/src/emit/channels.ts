import type { Channel, MessageFormat, SocketSession } from '@flowwire/contract';
import type { ApiModel, ChannelModel, MessageModel } from '../model/api.ts';
import { pascalCase } from '../model/names.ts';
import type { Piece } from './imports.ts';
import { groupMembers, needsInput, objectType } from './inputs.ts';
import { freeName } from './names.ts';
import type { SchemaTypes } from './schema-types.ts';
import { docComment, indent, LINE_WIDTH, propertyKey, quote, sentence, signature } from './text.ts';
import { validator } from './validator-code.ts';

// Everything about sockets in the files of an API (AsyncAPI 3.1 Channel Object); each of those files asks here.

const ROLES = [
  'auth',
  'ready',
  'ping',
  'pong',
  'resume',
  'resumeFailed',
] as const satisfies (keyof SocketSession)[];

/** The messages of one side that are not the session's own. */
function ownMessages(messages: readonly MessageModel[], { session }: ChannelModel): readonly MessageModel[] {
  const control = new Set(ROLES.map((role) => session?.[role]));
  return messages.filter(({ type }) => !control.has(type));
}

const union = (messages: readonly MessageModel[]): string =>
  [...new Set(messages.map(({ schema }) => schema))].join(' | ') || 'never';

const byType = (messages: readonly MessageModel[]): string =>
  objectType(messages.map(({ type, schema }) => `${propertyKey(type)}: ${schema};`));

/** A message that may leave out its correlation id, where that is a member of its own. */
function withoutId(type: string, messages: readonly MessageModel[]): string {
  const keys = messages.flatMap(({ correlationId }) => /^\/([^/]+)$/.exec(correlationId ?? '')?.[1] ?? []);
  if (keys.length === 0) return type;
  const names = [...new Set(keys)].map((key) => quote(key.replaceAll('~1', '/').replaceAll('~0', '~')));
  return `WithOptional<${type}, ${names.join(' | ')}>`;
}

/** What a message that is answered is sent as and answered with. */
function emitRequest(message: MessageModel, channel: ChannelModel): string {
  const answers = channel.server.filter(({ type }) => message.replies?.includes(type));
  const members = [
    `message: ${withoutId(message.schema, [message])};`,
    `reply: ${union(answers)};`,
    `answer: ${withoutId(union(answers), answers)};`,
  ];
  return `${propertyKey(message.type)}: ${objectType(members)};`;
}

function emitSession({ server, client, session }: ChannelModel): string {
  const messages = ROLES.flatMap((role) => {
    const found = [...client, ...server].filter(({ type }) => type === session?.[role]);
    return found.length === 0 ? [] : [`${role}: ${union(found)};`];
  });
  return objectType(messages);
}

/** Emits one member of `Channels`. */
function emitChannel(channel: ChannelModel, types: SchemaTypes): string {
  const requests = channel.client.filter(({ replies = [] }) => replies.length > 0);
  const members = [
    `input: ${objectType(groupMembers(channel.groups, ({ schema }) => types.inline(schema.schema)))};`,
    `server: ${byType(ownMessages(channel.server, channel))};`,
    `client: ${byType(ownMessages(channel.client, channel))};`,
    `requests: ${objectType(requests.map((message) => emitRequest(message, channel)))};`,
    `session: ${emitSession(channel)};`,
  ];
  return `${docComment(channel.summary ?? '')}${propertyKey(channel.name)}: {\n${indent(members.join('\n'))}\n};`;
}

const messageName = ({ name }: ChannelModel, side: 'Server' | 'Client', model: ApiModel): string =>
  freeName(`${pascalCase(name)}${side}Message`, model);

/** The type of what one side says; one member a line where they are many. */
function emitUnion(channel: ChannelModel, side: 'Server' | 'Client', model: ApiModel): string {
  const said = ownMessages(side === 'Server' ? channel.server : channel.client, channel);
  const head = `export type ${messageName(channel, side, model)} =`;
  const flat = `${head} ${union(said)};\n\n`;
  const who = side === 'Server' ? 'a server' : 'a client';
  const comment = `/** What ${who} says on \`${channel.name}\`, control messages left out. */\n`;
  return (
    comment +
    (flat.length <= LINE_WIDTH ? flat : `${head}\n  | ${union(said).replaceAll(' | ', '\n  | ')};\n\n`)
  );
}

/** The part of types.ts about sockets; nothing where the API has none. */
export function emitChannels(model: ApiModel, types: SchemaTypes): string {
  if (model.channels.length === 0) return '';
  const unions = model.channels.flatMap((channel) => [
    emitUnion(channel, 'Server', model),
    emitUnion(channel, 'Client', model),
  ]);
  const members = model.channels.map((channel) => `${indent(emitChannel(channel, types))}\n`);
  return `${unions.join('')}/** The wire types of each socket. */\nexport interface Channels {\n${members.join('')}}\n`;
}

/** The names of the types that types.ts exports for sockets beside `Channels`. */
export const channelTypeNames = (model: ApiModel): string[] =>
  model.channels.flatMap((channel) => [
    messageName(channel, 'Client', model),
    messageName(channel, 'Server', model),
  ]);

/** The member of a client interface that opens a socket. */
export function emitSocket(channel: ChannelModel, model: ApiModel): Piece {
  const { name, summary, description, groups, discriminator } = channel;
  const input = `input${needsInput({ groups }) ? '' : '?'}: Channels[${quote(name)}]['input']`;
  const types = [
    messageName(channel, 'Client', model),
    messageName(channel, 'Server', model),
    `Channels[${quote(name)}]['requests']`,
    ...(discriminator === undefined ? [] : [quote(discriminator)]),
  ];
  const prose = [summary && sentence(summary), description].filter((part) => part).join('\n\n');
  const socket = `Socket<${types.join(', ')}>`;
  return {
    code: docComment(prose) + signature(propertyKey(name), input, 'SocketOptions', socket),
    types: ['Channels', 'SocketOptions', socket],
  };
}

const messageFormat = ({ schema: _schema, ...format }: MessageModel): MessageFormat => format;

const channelRow = (channel: ChannelModel): Channel => ({
  name: channel.name,
  address: channel.address,
  parameters: channel.parameters,
  security: channel.security,
  ...(channel.discriminator !== undefined && { discriminator: channel.discriminator }),
  server: channel.server.map(messageFormat),
  client: channel.client.map(messageFormat),
  ...(channel.session && { session: channel.session }),
  closeCodes: channel.closeCodes,
});

const byChannel = ({ channels }: ApiModel, row: (channel: ChannelModel) => unknown): object =>
  Object.fromEntries(channels.map((channel) => [channel.name, row(channel)]));

const validators = (messages: readonly MessageModel[]): object =>
  Object.fromEntries(messages.map(({ type, schema }) => [type, validator(schema)]));

/** The tables of a contract about sockets. */
export const channelTable = (model: ApiModel): object => byChannel(model, channelRow);
export const serverMessages = (model: ApiModel): object =>
  byChannel(model, ({ server }) => validators(server));
export const clientMessages = (model: ApiModel): object =>
  byChannel(model, ({ client }) => validators(client));
export const channelInputs = (model: ApiModel): object =>
  byChannel(model, ({ groups }) =>
    Object.fromEntries(groups.map(({ name, schema }) => [name, validator(schema.name)])),
  );
