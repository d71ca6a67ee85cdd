import { readAt } from '@flowwire/contract';
import type { ChannelModel, MessageModel } from '../model/api.ts';
import type { MockSource } from './api.ts';
import { ChannelMessages, memberAt, withoutMember } from './channel-messages.ts';

/** A message without its position in the session's log. */
export interface PlannedMessage {
  readonly message: unknown;
  /** It has a position there. */
  readonly isLogged: boolean;
}

/** What is said on a socket. */
export interface ChannelPlan {
  readonly channel: ChannelModel;
  /** What the server says without being asked, in the document's order. */
  readonly pushed: readonly PlannedMessage[];
  /** The answer to a client's message by its type, without its correlation id. */
  readonly answers: ReadonlyMap<string, PlannedMessage>;
  /** Words for a refusal; undefined when there is no message for that. */
  readonly refusal: unknown;
  /** What the messages of the session carry, by role. */
  readonly session: { readonly ready: unknown; readonly resumeFailed: unknown };
  /** What is wrong with messages that were made, a sentence each. */
  readonly faults: readonly string[];
}

/** How messages are called that say no. */
const FAULT = /error|problem|fault|fail|reject|refus|sorry|nack/i;

/** The types of a server's messages that keep the connection in order. */
const controlTypes = ({ session }: ChannelModel): ReadonlySet<string | undefined> =>
  new Set([session?.ready, session?.ping, session?.pong, session?.resumeFailed]);

const byType = ({ server }: ChannelModel, type: string | undefined): MessageModel | undefined =>
  server.find((message) => message.type === type);

/** Messages that nobody asks for: neither the session's nor answers. */
function planPushed(channel: ChannelModel, messages: ChannelMessages): PlannedMessage[] {
  const { server, client, session } = channel;
  const control = controlTypes(channel);
  const answers = new Set(client.flatMap(({ replies = [] }) => replies));
  return server.flatMap((message) => {
    if (control.has(message.type)) return [];
    const { correlationId } = message;
    const isAnswer = (value: unknown): boolean =>
      answers.has(message.type) &&
      (correlationId === undefined || memberAt(value, correlationId) !== undefined);
    const values = messages.valuesOf(message).filter((value) => !isAnswer(value));
    return values.map((value) => ({
      message: withoutMember(value, session?.sequence),
      isLogged: memberAt(value, session?.sequence) !== undefined,
    }));
  });
}

/**
 * What answers a client's message: the example of an answer that has the id of one of the message's own
 * examples, else the first example of the first answer. Messages that say no come last.
 */
function planAnswer(asked: MessageModel, channel: ChannelModel, messages: ChannelMessages): PlannedMessage {
  const replies = (asked.replies ?? []).flatMap((type) => byType(channel, type) ?? []);
  const kind = replies.filter(({ type }) => !FAULT.test(type));
  const ids = new Set(messages.valuesOf(asked).map((value) => memberAt(value, asked.correlationId)));
  const candidates = (kind.length > 0 ? kind : replies).flatMap((message) =>
    messages.valuesOf(message).map((value) => ({ message, value })),
  );
  const pair = candidates.find(({ message, value }) => {
    const id = memberAt(value, message.correlationId);
    return id !== undefined && ids.has(id);
  });
  const chosen = pair ?? candidates[0];
  if (!chosen) return { message: undefined, isLogged: false };
  const { message, value } = chosen;
  const unlogged = withoutMember(value, channel.session?.sequence);
  return {
    message: withoutMember(unlogged, message.correlationId),
    // An answer is told to one client only, so it stays out of the log where its schema lets it.
    isLogged: messages.fits(message, value) && !messages.fits(message, unlogged),
  };
}

/** A message that says what is wrong. */
function planRefusal(channel: ChannelModel, messages: ChannelMessages): unknown {
  const control = controlTypes(channel);
  const own = channel.server.filter(({ type }) => !control.has(type));
  const replies = channel.client.flatMap((message) => message.replies ?? []);
  const message = own.find(({ type }) => FAULT.test(type)) ?? byType(channel, replies.at(-1));
  const unlogged = message && withoutMember(messages.valuesOf(message)[0], channel.session?.sequence);
  return withoutMember(unlogged, message?.correlationId);
}

/** Gathers what a socket says. */
export function planChannel(channel: ChannelModel, source: MockSource): ChannelPlan {
  const messages = new ChannelMessages(channel, source);
  const answered = channel.client.filter(({ replies = [] }) => replies.length > 0);
  const dataOf = (type: string | undefined): unknown => {
    const message = byType(channel, type);
    return message && readAt(messages.valuesOf(message)[0], ['data']);
  };
  return {
    channel,
    pushed: planPushed(channel, messages),
    answers: new Map(answered.map((asked) => [asked.type, planAnswer(asked, channel, messages)])),
    refusal: planRefusal(channel, messages),
    session: { ready: dataOf(channel.session?.ready), resumeFailed: dataOf(channel.session?.resumeFailed) },
    faults: messages.faults,
  };
}
