import type { IncomingHttpHeaders } from 'node:http';
import { type Handler, ProblemError, type StreamFrame } from '@flowwire/koa';
import type { MockOperation } from './contract.ts';
import { pause } from './pause.ts';
import type { OperationPlan } from './plan.ts';
import { type Preference, PreferenceError, readPreference } from './prefer.ts';
import { selectAnswer } from './select.ts';

/** What a handler knows of its request beside what the contract says. */
export interface MockContext {
  readonly headers: IncomingHttpHeaders;
}

export interface Pace {
  /** Milliseconds before an answer. */
  readonly delay: number;
  /** Milliseconds between two events or messages. */
  readonly eventInterval: number;
}

type MockHandler = Handler<MockOperation, MockContext>;

/** Sends frames one after the other, until nobody listens any more. */
async function* play(
  frames: readonly StreamFrame<unknown>[],
  interval: number,
  signal: AbortSignal,
): AsyncGenerator<StreamFrame<unknown>> {
  let isFirst = true;
  for (const frame of frames) {
    if (!isFirst && !(await pause(interval, signal))) return;
    isFirst = false;
    yield frame;
  }
}

/** The frames after the one that the client has seen last; all where it names none of these. */
function framesAfter(
  frames: readonly StreamFrame<unknown>[],
  lastEventId: unknown,
): readonly StreamFrame<unknown>[] {
  const seen = frames.findIndex(({ id }) => id !== undefined && id === lastEventId);
  return frames.slice(seen + 1);
}

/** What the answer says of the preferences that it follows (RFC 7240 section 3). */
function appliedHeader({ code, example, dynamic }: Preference) {
  const applied = [
    ...(code === undefined ? [] : [`code=${code}`]),
    ...(example === undefined ? [] : [`example=${example}`]),
    ...(dynamic ? ['dynamic=true'] : []),
  ];
  return applied.length > 0 ? { 'Preference-Applied': applied.join(', ') } : {};
}

/** The preference of a request, and the answer that it leads to. @throws ProblemError */
function select(plan: OperationPlan, request: Parameters<MockHandler>[0]) {
  const { context, body } = request;
  try {
    const preference = readPreference(context.headers.prefer);
    const wish = { preference, body, accepts: (types: readonly string[]) => request.accepts(types) };
    return { preference, selected: selectAnswer(plan, wish) };
  } catch (error) {
    if (!(error instanceof PreferenceError)) throw error;
    throw new ProblemError('invalid_request', error.message);
  }
}

/** Makes the handler of one operation, which answers with what its plan has. */
export const createHandler =
  (plan: OperationPlan, { delay, eventInterval }: Pace): MockHandler =>
  async (request) => {
    const { context, signal } = request;
    const { preference, selected } = select(plan, request);
    const { status } = selected;
    const headers = { ...selected.headers, ...appliedHeader(preference) };
    if (!(await pause(delay, signal))) throw signal.reason;
    if (selected.kind === 'empty') return { status, headers };
    if (selected.kind === 'body')
      return { status, headers, contentType: selected.contentType, body: selected.body };
    const left = framesAfter(selected.frames, context.headers['last-event-id']);
    // There is nothing to come back for: a client that is told so does not ask again.
    const isOver = left.length === 0 && selected.frames.length > 0;
    if (isOver && plan.replies.has('204')) return { status: 204, headers };
    return { status, headers, stream: play(left, eventInterval, signal) };
  };
