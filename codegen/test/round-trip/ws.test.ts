import {
  type ChannelTypes,
  createMessageReader,
  decodeFrame,
  encodeFrame,
  type MessageSide,
  type OperationTypes,
  type ServerContract,
} from '@flowwire/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serverName } from '../../src/emit/names.ts';
import type { ChannelModel, MessageModel } from '../../src/model/api.ts';
import { type Api, readApis } from './apis.ts';
import { createArbitraries } from './arbitraries.ts';
import { mutationsOf } from './mutations.ts';

const RUNS = 25;
const MAX_CHARS = 16 << 20;
const apis = await readApis();

/** Sends a message through a frame. Its bytes are whole when a frame is read, so only the text may change. */
const sendAndRead = (message: unknown): unknown => {
  const bytes = new TextEncoder().encode(encodeFrame(message));
  return decodeFrame(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), MAX_CHARS);
};

describe.each(apis)('$name', ({ known, checked }) => {
  const arbitraryOf = createArbitraries(known);
  const isJson = ({ schema }: (typeof checked)[number]) =>
    !JSON.stringify(schema.schema).includes('"binary"');

  test.each(checked.filter(isJson))(
    '$schema.name ($side): a value is read as it was written',
    ({ schema }) => {
      fc.assert(
        fc.property(arbitraryOf(schema.schema), (value) => {
          expect(sendAndRead(value)).toEqual(value);
        }),
        { numRuns: RUNS },
      );
    },
  );
});

type AnyServer = ServerContract<Record<string, OperationTypes>, Record<string, ChannelTypes>>;

interface Side {
  readonly title: string;
  readonly api: Api;
  readonly messages: readonly MessageModel[];
  readonly reader: MessageSide;
}

async function sidesOf(api: Api): Promise<Side[]> {
  if (api.model.channels.length === 0) return [];
  const module: Readonly<Record<string, unknown>> = await import(`${api.folder}/server.ts`);
  // Sound: the file is generated, and the compiler holds it to this type.
  const contract = module[serverName(api.model)] as AnyServer;
  const side = (channel: ChannelModel, who: 'server' | 'client'): Side => {
    const { discriminator } = channel;
    const validators = contract[`${who}Messages`][channel.name] ?? {};
    const title = `${api.name} ${channel.name}: what a ${who} says`;
    const formats = contract.channels[channel.name]?.[who];
    if (formats === undefined) throw new Error(`${api.folder} has no ${channel.name}: npm run generate`);
    return { title, api, messages: channel[who], reader: { discriminator, formats, validators } };
  };
  return api.model.channels.flatMap((channel) => [side(channel, 'server'), side(channel, 'client')]);
}

const sides = (await Promise.all(apis.map(sidesOf))).flat();

describe.each(sides)('$title', ({ api, messages, reader }) => {
  const arbitraryOf = createArbitraries(api.known);
  const read = createMessageReader(reader);

  test.each(messages)('$type is read as itself', ({ type, schema }) => {
    fc.assert(
      fc.property(arbitraryOf({ $ref: `#/components/schemas/${schema}` }), (message) => {
        const result = read(sendAndRead(message));
        expect(result).toMatchObject({ kind: 'known', format: { type } });
        expect(result).toHaveProperty('message', message);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(messages)('$type with a fault is refused', ({ type, schema, untagged }) => {
    const whole = { $ref: `#/components/schemas/${schema}` };
    fc.assert(
      fc.property(arbitraryOf(whole), fc.nat(), (message, choice) => {
        const all = mutationsOf(api.known, whole, message).filter(({ union }) => union === undefined);
        const mutation = all[choice % all.length];
        if (mutation === undefined) return;
        const isTag = mutation.pointer === '' || mutation.pointer === `/${reader.discriminator}`;
        const result = read(sendAndRead(mutation.value));
        if (untagged || isTag)
          expect({ ...mutation, kind: result.kind }).toEqual({ ...mutation, kind: 'unknown' });
        else expect({ ...mutation, ...result }).toMatchObject({ kind: 'invalid', format: { type } });
      }),
      { numRuns: RUNS },
    );
  });

  test('a message of a type that the document does not have is unknown', () => {
    const tag = reader.discriminator;
    if (tag === undefined) return;
    expect(read({ [tag]: 'no such type' }).kind).toBe('unknown');
  });
});

test('there are sockets to read', () => {
  expect(sides.length).toBeGreaterThan(0);
});
