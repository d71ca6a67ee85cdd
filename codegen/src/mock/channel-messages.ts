import { pointerKeys, readAt, type SchemaError, writeAt } from '@flowwire/contract';
import { isObject } from '../json.ts';
import { placeOf } from '../load/cursor.ts';
import type { ChannelModel, MessageModel } from '../model/api.ts';
import type { MockSource } from './api.ts';
import { describeFaults } from './faults.ts';

/** A copy of a message without a member; the same value when it is not there. */
export function withoutMember(message: unknown, pointer: string | undefined): unknown {
  const [key, ...rest] = pointer === undefined ? [] : pointerKeys(pointer);
  if (key === undefined || !isObject(message) || !Object.hasOwn(message, key)) return message;
  const { [key]: member, ...others } = message;
  if (rest.length === 0) return others;
  return { ...others, [key]: withoutMember(member, `/${rest.join('/')}`) };
}

/** The value that a pointer leads to; undefined without one. */
export const memberAt = (message: unknown, pointer: string | undefined): unknown =>
  pointer === undefined ? undefined : readAt(message, pointerKeys(pointer));

/** A message with its position in the session's log. */
export const withSequence = (message: unknown, { session }: ChannelModel, sequence: number): unknown =>
  session?.sequence === undefined || !isObject(message)
    ? message
    : writeAt(message, pointerKeys(session.sequence), sequence);

const describeExample = (errors: readonly SchemaError[]): string =>
  `This example does not fit its schema: ${describeFaults(errors)}. It is sent as it is.`;

/** What the messages of one channel look like. */
export class ChannelMessages {
  readonly #channel: ChannelModel;
  readonly #source: MockSource;
  readonly #values = new Map<MessageModel, readonly unknown[]>();
  /** What is wrong with messages that were made, a sentence each. */
  readonly faults: string[] = [];

  constructor(channel: ChannelModel, source: MockSource) {
    this.#channel = channel;
    this.#source = source;
  }

  /** The examples of a message, or one that is made from its schema. */
  valuesOf(message: MessageModel): readonly unknown[] {
    const known = this.#values.get(message);
    if (known) return known;
    const examples = this.#examples(message);
    const values = examples.length > 0 ? examples : [this.#made(message)];
    this.#values.set(message, values);
    return values;
  }

  /** Whether a value fits the schema of a message. */
  fits({ schema }: MessageModel, value: unknown): boolean {
    return this.#source.validators.get(schema)?.(value) !== false;
  }

  #examples({ schema, type, untagged }: MessageModel): unknown[] {
    const { model, messages, validators, documents } = this.#source;
    const { discriminator, address } = this.#channel;
    const place = model.schemas.find(({ name }) => name === schema)?.place;
    const fitting = messages.filter(({ payloads }) => place && payloads.has(placeOf(place)));
    // Before the channel's own address may stand the path of its server.
    const ofChannel = fitting.filter(({ addresses }) => [...addresses].some((own) => address.endsWith(own)));
    const validate = validators.get(schema);
    return (ofChannel.length > 0 ? ofChannel : fitting).flatMap(({ examples }) =>
      examples.flatMap((example) => {
        const value = example.content.kind === 'data' ? example.content.value : undefined;
        const isOther = discriminator !== undefined && !untagged && readAt(value, [discriminator]) !== type;
        if (value === undefined || isOther) return [];
        if (validate && !validate(value))
          documents.warn(example.place, describeExample(validate.errors ?? []));
        return [value];
      }),
    );
  }

  #made({ schema, type }: MessageModel): unknown {
    const { values, validators } = this.#source;
    const part = { schema: { $ref: `#/components/schemas/${schema}` }, place: undefined };
    const { value, errors } = values.of(part, validators.get(schema), `${this.#channel.name} ${type}`);
    if (errors.length > 0)
      this.faults.push(`${type}: no value was found that fits the schema: ${describeFaults(errors)}.`);
    return value;
  }
}
