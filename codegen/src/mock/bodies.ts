import type { ReplyContent } from '@flowwire/contract';
import { createEventDecoder } from '@flowwire/contract';
import type { ExampleContent } from './examples/example.ts';

/** A serialised example that cannot be read as what it should be. */
export class ExampleError extends Error {
  override readonly name = 'ExampleError';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ExampleError(`is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** One value to a line, for media types such as application/jsonl. */
const asLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** What a handler gives for an example: a JSON value, a text or a Blob. @throws ExampleError */
export function bodyOf(content: ExampleContent, { kind, mediaType }: ReplyContent): unknown {
  if (kind === 'json') return content.kind === 'data' ? content.value : parseJson(content.text);
  const isLines = content.kind === 'data' && Array.isArray(content.value) && /json/.test(mediaType);
  const text =
    content.kind === 'wire' ? content.text : isLines ? asLines(content.value) : asText(content.value);
  return kind === 'text' ? text : new Blob([text], { type: concreteType(mediaType) });
}

/** A PNG image of one grey point. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

/** A body for a media type that has neither an example nor a schema. */
export function plainBody({ kind, mediaType }: ReplyContent, text: string): unknown {
  if (kind === 'text') return `${text}\n`;
  const type = concreteType(mediaType);
  const bytes = type === 'image/png' ? Buffer.from(PIXEL, 'base64') : Buffer.from(`${text}\n`);
  return new Blob([bytes], { type });
}

const CONCRETE: Readonly<Record<string, string>> = { image: 'image/png', text: 'text/plain' };

/** A media type that an answer can have, where the document may have a range such as `image/*`. */
export function concreteType(mediaType: string): string {
  const [type = ''] = mediaType.split('/');
  return mediaType.includes('*') ? (CONCRETE[type] ?? 'application/octet-stream') : mediaType;
}

/** An event of a stream as it is on the wire. */
export interface WireEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** Reads the events of a stream that is written out, the last one also when nothing ends it. */
export function eventsIn(text: string): WireEvent[] {
  const events: WireEvent[] = [];
  const decoder = createEventDecoder({
    onEvent: ({ id, event, data }) => events.push({ ...(id !== undefined && { id }), event, data }),
    maxEventBytes: text.length * 4,
  });
  decoder.push(new TextEncoder().encode(`${text}\n\n`));
  return events;
}
