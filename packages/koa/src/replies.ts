import {
  type EventStreamFormat,
  encodeEvent,
  type Finding,
  type Operation,
  type OutputValidators,
  type ReplyContent,
  type ReplyFormat,
  toFindings,
  type Validator,
} from '@flowwire/contract';
import type { StreamFrame } from './handlers.ts';
import { closest, essenceOf } from './media-type.ts';

/** What a handler answered, as far as the wire is concerned. */
export interface AnyReply {
  readonly status: number;
  readonly body?: unknown;
  /** The media type of the body; the document's first one when absent. */
  readonly contentType?: string;
  readonly stream?: AsyncIterable<StreamFrame<unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Given to `onError` when an answer is not one that the document describes. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly findings: readonly Finding[];

  constructor(message: string, findings: readonly Finding[] = []) {
    super([message, ...findings.map(({ pointer, message }) => `${pointer || '/'} ${message}`)].join('; '));
    this.findings = findings;
  }
}

/** The key that a status has in a table: its own, else its range's, else the default one (OpenAPI 3.2 section 4.16). */
export const statusKey = (entries: Readonly<Record<string, unknown>>, status: number): string | undefined =>
  [String(status), `${Math.floor(status / 100)}XX`, 'default'].find((key) => Object.hasOwn(entries, key));

/** The entry for a status: its own, else its range's, else the default one (OpenAPI 3.2 section 4.16). */
export const byStatus = <T>(entries: Readonly<Record<string, T>>, status: number): T | undefined =>
  entries[status] ?? entries[`${Math.floor(status / 100)}XX`] ?? entries.default;

const check = (validate: Validator<unknown> | undefined, value: unknown, what: string): void => {
  if (validate === undefined || validate(value)) return;
  throw new ReplyError(`${what} breaks the document`, toFindings(validate.errors));
};

/** The media type of an answer's body, of those that the document has for its status. */
export const contentOf = (
  { content = [] }: ReplyFormat,
  contentType: string | undefined,
): ReplyContent | undefined => {
  if (contentType === undefined) return content[0];
  const entries = content.map((entry) => ({ entry, essence: essenceOf(entry.mediaType) }));
  return closest(entries, essenceOf(contentType))?.entry;
};

/** The validator of a JSON body: its status's for the first JSON media type, one of its own for others. */
const validatorOf = (
  { content = [] }: ReplyFormat,
  { mediaType }: ReplyContent,
  key: string,
  { replies }: OutputValidators,
): Validator<unknown> | undefined => {
  const first = content.find(({ kind }) => kind === 'json');
  return replies[first?.mediaType === mediaType ? key : `${key} ${mediaType}`];
};

/** @throws ReplyError when the document does not declare the status or the media type, or the body breaks its schema. */
export const checkReply = (
  { operationId, replies }: Operation,
  outputs: OutputValidators,
  { status, body, contentType, stream }: AnyReply,
): void => {
  const key = statusKey(replies, status);
  const format = key === undefined ? undefined : replies[key];
  if (key === undefined || format === undefined) {
    throw new ReplyError(`${operationId} does not declare the status ${status}`);
  }
  if (stream !== undefined) {
    if (format.stream === undefined) throw new ReplyError(`${operationId} declares no stream for ${status}`);
    return;
  }
  if (body === undefined) return;
  const content = contentOf(format, contentType);
  if (content === undefined) {
    const what = contentType === undefined ? 'no body' : `no body of ${contentType}`;
    throw new ReplyError(`${operationId} declares ${what} for ${status}`);
  }
  if (content.kind !== 'json') return;
  check(validatorOf(format, content, key, outputs), body, `${operationId}: the body of ${status}`);
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const asText = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

/** Writes one frame in a format, without keeping it. */
const encodeFrame = (format: EventStreamFormat, { id, item }: StreamFrame<unknown>): string => {
  if (format.item === 'data') return encode(id, undefined, toData(item, format.data));
  if (!isRecord(item)) throw new ReplyError('an item without event and data cannot be written');
  const event = asText(item.event);
  const isText = event !== undefined && format.textEvents?.includes(event) === true;
  return encode(id ?? asText(item.id), event, toData(item.data, isText ? 'text' : format.data));
};

const toData = (value: unknown, kind: EventStreamFormat['data']): string => {
  const data = kind === 'json' ? JSON.stringify(value) : asText(value);
  if (data === undefined) throw new ReplyError('an item without data cannot be written');
  return data;
};

const encode = (id: string | undefined, event: string | undefined, data: string): string =>
  encodeEvent({ ...(id !== undefined && { id }), ...(event !== undefined && { event }), data });

/**
 * Prepares the writing of an operation's frames. A frame's text is kept for as long as the frame object
 * lives, so that it is validated and encoded once for any number of subscribers.
 */
export const createFrameEncoder = (
  operationId: string,
  format: EventStreamFormat,
  validate: Validator<unknown> | undefined,
  texts: WeakMap<StreamFrame<unknown>, string>,
): ((frame: StreamFrame<unknown>) => string) => {
  return (frame) => {
    let text = texts.get(frame);
    if (text === undefined) {
      check(validate, frame.item, `${operationId}: an item of the stream`);
      text = encodeFrame(format, frame);
      texts.set(frame, text);
    }
    return text;
  };
};

/** What ends a stream whose source has ended; empty when the format has no such thing. */
export const encodeSentinel = ({ sentinels: [data] }: EventStreamFormat): string =>
  data === undefined ? '' : encodeEvent({ data });
