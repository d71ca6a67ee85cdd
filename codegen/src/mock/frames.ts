import type { EventStreamFormat, Validator } from '@flowwire/contract';
import type { StreamFrame } from '@flowwire/koa';
import { isObject } from '../json.ts';
import { ExampleError, eventsIn, type WireEvent } from './bodies.ts';
import type { ExampleContent } from './examples/example.ts';

/** Whether an example's item is the whole event, its data in a text, and not the decoded data. */
const isWireEvent = (value: unknown): value is WireEvent & Readonly<Record<string, unknown>> =>
  isObject(value) &&
  typeof value.data === 'string' &&
  Object.keys(value).every((key) => ['id', 'event', 'data', 'retry'].includes(key));

function decode(data: string, kind: EventStreamFormat['data']): unknown {
  if (kind === 'text') return data;
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new ExampleError(`has data that is not JSON: ${data.slice(0, 80)}`, { cause });
  }
}

/** The item that an event carries; undefined for one that only ends the stream. @throws ExampleError */
function itemOf({ id, event, data }: WireEvent, format: EventStreamFormat): unknown {
  if (format.sentinels.includes(data)) return undefined;
  if (format.item === 'data') return decode(data, format.data);
  const isText = event !== undefined && format.textEvents?.includes(event) === true;
  return { event, data: decode(data, isText ? 'text' : format.data), ...(id !== undefined && { id }) };
}

interface Item {
  readonly id?: string;
  readonly item: unknown;
}

const fromWire = (event: WireEvent, format: EventStreamFormat): Item[] => {
  const item = itemOf(event, format);
  return item === undefined ? [] : [{ item, ...(event.id !== undefined && { id: event.id }) }];
};

function itemsOf(content: ExampleContent, format: EventStreamFormat): Item[] {
  if (content.kind === 'wire') return eventsIn(content.text).flatMap((event) => fromWire(event, format));
  const { value } = content;
  // Older documents write the stream itself as the value.
  if (typeof value === 'string') return itemsOf({ kind: 'wire', text: value }, format);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((one) => (isWireEvent(one) ? fromWire(one, format) : [{ item: one }]));
}

/** The ids of the examples where each has one of its own; else 1, 2, 3 and so on. */
function numbered(items: readonly Item[]): StreamFrame<unknown>[] {
  const ids = new Set(items.map(({ id }) => id));
  const hasOwn = ids.size === items.length && !ids.has(undefined) && !ids.has('');
  return items.map(({ id, item }, index) => ({ id: (hasOwn && id) || String(index + 1), item }));
}

/** The frames of an example of a whole stream. @throws ExampleError */
export const framesOf = (content: ExampleContent, format: EventStreamFormat): StreamFrame<unknown>[] =>
  numbered(itemsOf(content, format));

/** Whether an item ends the stream (`x-terminal`). */
const isTerminal = (item: unknown, { discriminator, terminal }: EventStreamFormat): boolean =>
  discriminator !== undefined && isObject(item) && terminal.includes(String(item[discriminator]));

/** The frames of single items: in their order, but the first one that ends the stream comes last, and no other. */
export function framesInOrder(items: readonly unknown[], format: EventStreamFormat): StreamFrame<unknown>[] {
  const last = items.find((item) => isTerminal(item, format));
  const before = items.filter((item) => !isTerminal(item, format));
  return numbered([...before, ...(last === undefined ? [] : [last])].map((item) => ({ item })));
}

/** What is wrong with the items of frames. */
export const faultsIn = (frames: readonly StreamFrame<unknown>[], validate: Validator<unknown> | undefined) =>
  frames.flatMap(({ item }) => (validate === undefined || validate(item) ? [] : (validate.errors ?? [])));
