import { type ChannelTypes, readAt } from '@flowwire/contract';
import type { OpenedSocket, SocketHandler, SubscribeRequest, Subscription } from '@flowwire/koa';
import { isObject } from '../json.ts';
import { withSequence } from './channel-messages.ts';
import type { ChannelPlan, PlannedMessage } from './channel-plan.ts';
import type { MockContext, Pace } from './handlers.ts';
import { pause } from './pause.ts';

/** What is known at compile time of a channel that is read at run time. */
export interface MockChannel extends ChannelTypes {
  readonly input: object;
  readonly server: Readonly<Record<string, unknown>>;
  readonly client: Readonly<Record<string, unknown>>;
  readonly requests: Readonly<Record<string, { readonly answer: unknown }>>;
  readonly session: {
    readonly ready: { readonly data: unknown };
    readonly resumeFailed: { readonly data: unknown };
  };
}

export type MockChannels = Readonly<Record<string, MockChannel>>;

/** Names the log of every socket of the mock: it is the same each time. */
const EPOCH = 'mock';

/** The position that every connection begins at. */
const atStart = (data: unknown): unknown =>
  isObject(data)
    ? { ...data, ...('epoch' in data && { epoch: EPOCH }), ...('lastSeq' in data && { lastSeq: 0 }) }
    : data;

/** One connection of a channel. */
class Conversation {
  readonly #plan: ChannelPlan;
  readonly #pace: Pace;
  /** The position of the newest message. */
  #sequence = 0;

  constructor(plan: ChannelPlan, pace: Pace) {
    this.#plan = plan;
    this.#pace = pace;
  }

  /** The answer to a message of the client. */
  async answer(type: string, signal: AbortSignal): Promise<unknown> {
    await pause(this.#pace.delay, signal);
    const answer = this.#plan.answers.get(type);
    return answer && this.#written(answer);
  }

  subscribe({ after, signal }: SubscribeRequest): Subscription<MockChannel> {
    const { session } = this.#plan;
    if (after !== undefined && after.epoch !== EPOCH && readAt(session.ready, ['epoch']) !== undefined)
      return { resumeFailed: atStart(session.resumeFailed) };
    this.#sequence = after?.lastSeq ?? 0;
    return this.#push(signal);
  }

  /** A message as it is sent: with the next position, where it has one. */
  #written({ message, isLogged }: PlannedMessage): unknown {
    if (!isLogged) return message;
    this.#sequence += 1;
    return withSequence(message, this.#plan.channel, this.#sequence);
  }

  async *#push(signal: AbortSignal): AsyncGenerator<unknown> {
    let isFirst = true;
    for (const planned of unseen(this.#plan.pushed, this.#sequence)) {
      if (!isFirst && !(await pause(this.#pace.eventInterval, signal))) return;
      isFirst = false;
      yield this.#written(planned);
    }
  }
}

/** The messages that come after the first `seen` ones of the log. */
function unseen(pushed: readonly PlannedMessage[], seen: number): readonly PlannedMessage[] {
  let left = seen;
  return pushed.filter(({ isLogged }) => {
    const isSeen = left > 0;
    if (isSeen && isLogged) left -= 1;
    return !isSeen;
  });
}

/** Makes the handler of one channel, which says what its plan has. */
export const createSocketHandler =
  (plan: ChannelPlan, pace: Pace): SocketHandler<MockChannel, MockContext> =>
  ({ signal }): OpenedSocket<MockChannel, MockContext> => {
    const conversation = new Conversation(plan, pace);
    const { session, client } = plan.channel;
    const control = new Set([session?.auth, session?.ping, session?.pong, session?.resume]);
    const types = client.map(({ type }) => type).filter((type) => !control.has(type));
    return {
      ready: atStart(plan.session.ready),
      messages: Object.fromEntries(types.map((type) => [type, () => conversation.answer(type, signal)])),
      subscribe: (request) => conversation.subscribe(request),
    };
  };
