import type { EventStreamFormat, ServerSentEvent } from '@flowwire/contract';
import { apiError } from '../http/attempt.ts';
import type { Endpoint } from '../options.ts';

const MAX_QUOTED = 64 << 10;

/** Read in place of an item: the document does not know its kind. */
export const UNKNOWN = Symbol('unknown');
/** Read in place of an item: the stream's last word, such as `[DONE]`. */
export const END = Symbol('end');

/** Reads server-sent events as one operation's items. */
export interface ItemReader {
  /** Whether the document says how the stream ends. Otherwise its end is the connection's. */
  readonly knowsEnd: boolean;
  /** Whether it ends with an item. */
  readonly hasTerminal: boolean;
  /** Answers a valid item, UNKNOWN or END. Throws ApiError `protocol`. */
  read(event: ServerSentEvent, onUnknown?: (item: unknown) => void): unknown;
  /** Whether an item is the last one. */
  isTerminal(item: unknown): boolean;
}

/** Reads items as OpenAPI 3.2 section 4.14.4 describes them. */
export function createItemReader(endpoint: Endpoint, format: EventStreamFormat): ItemReader {
  const { discriminator, known, sentinels, terminal } = format;
  const isNamed = format.item === 'event';
  const isJson = format.data === 'json';
  const validate = endpoint.outputs.item;
  const kindOf = kindReader(discriminator);

  function read(event: ServerSentEvent, onUnknown?: (item: unknown) => void): unknown {
    // Lists, not sets: a set would hash every event's data, all of it.
    if (sentinels.includes(event.data)) return END;
    // An event that the document does not name may not even be JSON.
    if (isNamed && isUnknown(event.event)) return skip(event, onUnknown);
    const data = isJson ? parse(event) : event.data;
    const item = isNamed ? withName(event, data) : data;
    if (validate === undefined || validate(item)) return item;
    if (isUnknown(kindOf(item))) return skip(item, onUnknown);
    throw apiError(endpoint, 'protocol', 'an event is not as documented', {
      rawBody: event.data.slice(0, MAX_QUOTED),
      findings: validate.errors ?? [],
    });
  }

  function parse(event: ServerSentEvent): unknown {
    try {
      return JSON.parse(event.data);
    } catch (cause) {
      const rawBody = event.data.slice(0, MAX_QUOTED);
      throw apiError(endpoint, 'protocol', 'the data of an event is not JSON', { rawBody, cause });
    }
  }

  function isUnknown(kind: string | undefined): boolean {
    return kind !== undefined && known.length > 0 && !known.includes(kind);
  }

  function isTerminal(item: unknown): boolean {
    const kind = kindOf(item);
    return kind !== undefined && terminal.includes(kind);
  }

  return {
    knowsEnd: sentinels.length > 0 || terminal.length > 0,
    hasTerminal: terminal.length > 0,
    read,
    isTerminal,
  };
}

/** Prepares the reading of what tells items apart: a property, or a JSON pointer. */
function kindReader(discriminator: string | undefined): (item: unknown) => string | undefined {
  if (discriminator === undefined) return () => undefined;
  const path = discriminator.startsWith('/') ? discriminator.split('/').slice(1) : [discriminator];
  return (item) => {
    let value = item;
    for (const key of path) value = isObject(value) ? value[key] : undefined;
    return value === undefined || value === null || typeof value === 'object' ? undefined : String(value);
  };
}

function skip(item: unknown, onUnknown: ((item: unknown) => void) | undefined): typeof UNKNOWN {
  onUnknown?.(item);
  return UNKNOWN;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function withName({ event, id }: ServerSentEvent, data: unknown): unknown {
  return id === undefined || id === '' ? { event, data } : { event, data, id };
}
