import { createEventDecoder, type EventStreamFormat, type ServerSentEvent } from '@flowwire/contract';

/** An answer that was read to its end, or as far as was asked for. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is JSON; undefined where it is not, or breaks. */
  readonly json: unknown;
  /** The events of a stream. */
  readonly events: readonly ServerSentEvent[];
  /** False for a stream that was left early. */
  readonly isWhole: boolean;
}

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads an answer to its end, or a stream up to the first event for which `until` answers true. Throws when it is
 * longer than 16 MiB.
 */
export async function readAnswer(
  response: Response,
  until: (event: ServerSentEvent) => boolean = () => false,
): Promise<Answer> {
  const { status, headers } = response;
  const isStream = mediaTypeOf(headers) === 'text/event-stream';
  const events: ServerSentEvent[] = [];
  let isWhole = true;
  const decoder = createEventDecoder({
    onEvent(event) {
      if (isWhole) events.push(event);
      if (until(event)) isWhole = false;
    },
  });
  const utf8 = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
    text += utf8.decode(chunk, { stream: true });
    if (isStream) decoder.push(chunk);
    if (!isWhole) break;
  }
  text += utf8.decode();
  return { status, headers, text, json: isStream ? undefined : parseJson(text), events, isWhole };
}

export const mediaTypeOf = (headers: Headers): string =>
  (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** A text as JSON; undefined for one that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An item of a stream, or the reason why an event is none. */
export type ReadItem =
  | { readonly item: unknown }
  | { readonly sentinel: string }
  | { readonly fault: string };

/** What an event is in the words of its document (OpenAPI 3.2 section 4.14.4). */
export function toItem(format: EventStreamFormat, { event, data, id }: ServerSentEvent): ReadItem {
  if (format.sentinels.includes(data)) return { sentinel: data };
  const isText = format.data === 'text' || (format.textEvents?.includes(event) ?? false);
  const value = isText ? data : parseJson(data);
  if (value === undefined) return { fault: `an event's data is not JSON: ${data.slice(0, 80)}` };
  if (format.item === 'data') return { item: value };
  return { item: { event, data: value, ...(id !== undefined && { id }) } };
}
