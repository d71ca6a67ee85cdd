import { createEventDecoder } from '@flowwire/contract';
import { isJsonMediaType } from '../../json.ts';

/** The value that an example means, or why it means none. */
export type Decoded = { readonly value: unknown } | { readonly fault: string };

/** Media types whose bodies are sequences of JSON values, and what parts these (OpenAPI 3.2 section 4.14.4). */
const SEQUENCES: readonly (readonly [RegExp, RegExp])[] = [
  [/^application\/(jsonl|x-ndjson|ndjson|json-lines)$/i, /\n/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 7464 parts texts by this character.
  [/^application\/(.+\+)?json-seq$/i, /\u001e/],
];

/** A media type without parameters. */
export const essence = (mediaType: string): string => mediaType.split(';')[0]?.trim() ?? '';

const parse = (text: string): Decoded => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: `is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
};

function parseAll(texts: readonly string[]): Decoded {
  const values: unknown[] = [];
  for (const text of texts) {
    const decoded = parse(text);
    if ('fault' in decoded) return decoded;
    values.push(decoded.value);
  }
  return { value: values };
}

/** An event as OpenAPI describes it: the fields that are there (OpenAPI 3.2 section 4.14.4.3). */
function readEvent(block: string): unknown[] {
  const events: unknown[] = [];
  const retry = /^retry: ?(\d+)$/m.exec(block)?.[1];
  const hasName = /^event:/m.test(block);
  const decoder = createEventDecoder({
    onEvent: ({ id, event, data }) =>
      events.push({
        ...(id !== undefined && { id }),
        ...(hasName && { event }),
        ...(retry !== undefined && { retry: Number(retry) }),
        data,
      }),
  });
  decoder.push(new TextEncoder().encode(`${block}\n\n`));
  return events;
}

/** What the text of a body means; undefined for media types that are not read here. */
export function decode(text: string, mediaType: string): Decoded | undefined {
  const type = essence(mediaType);
  if (type === 'text/event-stream') return { value: text.split(/\r?\n(?:\r?\n)+/).flatMap(readEvent) };
  if (isJsonMediaType(type)) return parse(text);
  const separator = SEQUENCES.find(([pattern]) => pattern.test(type))?.[1];
  if (!separator) return undefined;
  return parseAll(text.split(separator).filter((part) => part.trim() !== ''));
}
