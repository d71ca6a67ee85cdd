import type { StreamFrame } from '@flowwire/koa';
import type { Named, OperationPlan, PlannedContent, PlannedReply } from './plan.ts';
import { type Preference, PreferenceError } from './prefer.ts';

/** What a request says about the answer that it wants. */
export interface Wish {
  readonly preference: Preference;
  /** The one of these media types that the client likes best. */
  readonly accepts: (mediaTypes: readonly string[]) => string | undefined;
  /** What the body says where a field of it chooses between a stream and one answer. */
  readonly body: unknown;
}

/** What is to be answered. */
export type Selected = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
} & (
  | { readonly kind: 'stream'; readonly frames: readonly StreamFrame<unknown>[] }
  | { readonly kind: 'body'; readonly contentType: string; readonly body: unknown }
  | { readonly kind: 'empty' }
);

const EVENT_STREAM = 'text/event-stream';

/** The key of a status: its own, its range's or the default one (OpenAPI 3.2 section 4.16). */
export const keyFor = (replies: ReadonlyMap<string, unknown>, status: number): string | undefined =>
  [String(status), `${Math.floor(status / 100)}XX`, 'default'].find((key) => replies.has(key));

/** A status that a key stands for. */
function statusFor(key: string): number {
  if (key === 'default') return 200;
  return Number(key.replace('XX', '00'));
}

/** The key of the answer that is given when nothing is asked for: the first success, else `default`, else the first. */
function usualKey(replies: ReadonlyMap<string, PlannedReply>): string | undefined {
  const keys = [...replies.keys()];
  return keys.find((key) => key.startsWith('2')) ?? keys.find((key) => key === 'default') ?? keys[0];
}

const hasExample = ({ content, stream }: PlannedReply, name: string): boolean =>
  [...content.flatMap(({ examples }) => examples), ...(stream?.examples ?? [])].some(
    (one) => one.name === name,
  );

const namesIn = (replies: Iterable<PlannedReply>): string[] => {
  const lists = [...replies].flatMap(({ content, stream }) => [
    ...content.flatMap(({ examples }) => examples),
    ...(stream?.examples ?? []),
  ]);
  return [...new Set(lists.map(({ name }) => name).filter((name) => name !== ''))];
};

/** The answer that a preference names. @throws PreferenceError */
function findReply({ operation, replies }: OperationPlan, { code, example }: Preference) {
  const { operationId } = operation;
  const usual = code === undefined ? usualKey(replies) : keyFor(replies, code);
  const reply = usual === undefined ? undefined : replies.get(usual);
  if (code !== undefined && !reply) {
    const known = [...replies.keys()].join(', ');
    throw new PreferenceError(
      `Prefer: ${operationId} documents no answer ${code}. It has ${known || 'none'}.`,
    );
  }
  if (example === undefined || (reply && hasExample(reply, example)))
    return { reply, status: code ?? statusFor(usual ?? '200') };
  const others = code === undefined ? [...replies.values()] : [];
  const other = others.find((one) => hasExample(one, example));
  if (other) return { reply: other, status: statusFor(other.status) };
  const names = namesIn(reply && code !== undefined ? [reply] : replies.values());
  throw new PreferenceError(
    `Prefer: ${operationId} has no example ${example}${code === undefined ? '' : ` for ${code}`}. It has ${names.join(', ') || 'none with a name'}.`,
  );
}

/** Whether a reply that may be a stream is to be one. */
function wantsStream({ operation }: OperationPlan, { content, stream }: PlannedReply, wish: Wish): boolean {
  if (!stream || content.length === 0) return stream !== undefined;
  const { streamSwitch } = operation;
  const { body } = wish;
  const choice: unknown =
    streamSwitch && typeof body === 'object' && body !== null
      ? Reflect.get(body, streamSwitch.field)
      : undefined;
  if (streamSwitch && choice === streamSwitch.stream) return true;
  if (streamSwitch && choice === streamSwitch.single) return false;
  return wish.accepts([...content.map(({ mediaType }) => mediaType), EVENT_STREAM]) === EVENT_STREAM;
}

const named = <T>(list: readonly Named<T>[], name: string | undefined): Named<T> | undefined =>
  name === undefined ? undefined : list.find((one) => one.name === name);

function pickContent(content: readonly PlannedContent[], wish: Wish): PlannedContent | undefined {
  const { example } = wish.preference;
  const withExample = content.filter(({ examples }) => named(examples, example));
  const candidates = withExample.length > 0 ? withExample : content;
  const liked = wish.accepts(candidates.map(({ mediaType }) => mediaType));
  return candidates.find(({ mediaType }) => mediaType === liked) ?? candidates[0];
}

function bodyFrom({ examples, made }: PlannedContent, { example, dynamic }: Preference): unknown {
  const wanted = named(examples, example);
  if (wanted) return wanted.value;
  const [first] = dynamic ? [] : examples;
  return first ? first.value : made().value;
}

/** Chooses the answer to a request. @throws PreferenceError when it asks for what the document does not have. */
export function selectAnswer(plan: OperationPlan, wish: Wish): Selected {
  const { preference } = wish;
  const { reply, status } = findReply(plan, preference);
  if (!reply) return { kind: 'empty', status, headers: {} };
  const { headers, stream } = reply;
  if (stream && (named(stream.examples, preference.example) || wantsStream(plan, reply, wish))) {
    const whole = named(stream.examples, preference.example)?.value;
    return { kind: 'stream', status, headers, frames: whole ?? stream.usual().frames };
  }
  const content = pickContent(reply.content, wish);
  if (!content) return { kind: 'empty', status, headers };
  return {
    kind: 'body',
    status,
    headers,
    contentType: content.mediaType,
    body: bodyFrom(content, preference),
  };
}
