import type { ChannelParameter } from '@flowwire/contract';
import { type Cursor, child, entries, items, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { ParameterModel } from '../parameters.ts';
import { isScalar, itemsOf, propertiesOf, wireType } from '../wire-types.ts';

export interface ChannelParameterModel extends ParameterModel {
  readonly parameter: ChannelParameter;
}

const NAMES = /\{([^}]*)\}/g;

/** A parameter of a channel's address, a text (AsyncAPI 3.1 Parameter Object). */
function readAddressParameter(name: string, cursor: Cursor): ChannelParameterModel {
  const preset = text(child(cursor, 'default'));
  const values = items(child(cursor, 'enum')).flatMap((value) => text(value) ?? []);
  const description = text(child(cursor, 'description'));
  const schema = { type: 'string', ...(values.length > 0 ? { enum: values } : { minLength: 1 }) };
  return {
    parameter: {
      name,
      in: 'path',
      required: preset === undefined,
      style: 'simple',
      explode: false,
      type: 'string',
      ...(preset !== undefined && { default: preset }),
    },
    place: cursor,
    schema: { ...cursor, value: schema },
    ...(description !== undefined && { description }),
    deprecated: false,
  };
}

/** The parameters of an address, in its order. */
export function readAddressParameters(
  address: string,
  channels: readonly Cursor[],
  documents: Documents,
): ChannelParameterModel[] {
  const names = [...new Set([...address.matchAll(NAMES)].map(([, name = '']) => name))];
  return names.flatMap((name) => {
    const described = channels
      .map((channel) => child(channel, 'parameters', name))
      .find(({ value }) => value !== undefined);
    if (described) return [readAddressParameter(name, documents.follow(described))];
    const [first] = channels;
    if (!first) return [];
    documents.warn(first, `The parameter ${name} of the address is not described.`);
    return [readAddressParameter(name, { ...first, value: {} })];
  });
}

/** How the text of a property of a ws binding is read. */
function shapeOf(schema: Cursor, documents: Documents): Pick<ChannelParameter, 'type' | 'items'> {
  const type = wireType(schema, documents);
  if (type === 'object') {
    documents.warn(
      schema,
      'How an object is written into a query or header is not said. It is sent as text.',
    );
    return { type: 'string' };
  }
  const itemSchema = type === 'array' ? itemsOf(schema, documents) : undefined;
  const itemType = itemSchema && wireType(itemSchema, documents);
  return { type, ...(isScalar(itemType) && { items: itemType }) };
}

/** The properties of the query or headers of a ws binding (WebSockets Bindings 0.1.0, Channel Binding Object). */
function readBinding(
  channel: Cursor,
  key: 'query' | 'headers',
  documents: Documents,
): ChannelParameterModel[] {
  const cursor = child(channel, 'bindings', 'ws', key);
  if (cursor.value === undefined) return [];
  const schema = documents.follow(cursor);
  const required = new Set(items(child(schema, 'required')).flatMap((name) => text(name) ?? []));
  return [...propertiesOf(schema, documents)].map(([name, property]): ChannelParameterModel => {
    const description = text(child(documents.follow(property), 'description'));
    return {
      parameter: {
        name,
        in: key === 'query' ? 'query' : 'header',
        required: required.has(name),
        style: key === 'query' ? 'form' : 'simple',
        explode: key === 'query',
        ...shapeOf(property, documents),
      },
      place: property,
      schema: property,
      ...(description !== undefined && { description }),
      deprecated: child(documents.follow(property), 'deprecated').value === true,
    };
  });
}

/** What the request that opens a socket carries beside its address. */
export const readBindings = (channels: readonly Cursor[], documents: Documents): ChannelParameterModel[] =>
  channels.flatMap((channel) => [
    ...readBinding(channel, 'query', documents),
    ...readBinding(channel, 'headers', documents),
  ]);

/** Warns of what a ws binding says that cannot be followed. */
export function checkBinding(channel: Cursor, documents: Documents): void {
  const binding = child(channel, 'bindings', 'ws');
  const method = child(binding, 'method');
  if (method.value !== undefined && method.value !== 'GET')
    documents.warn(method, 'A WebSocket is opened by GET (RFC 6455 section 4.1). So it is here.');
  const known = new Set(['method', 'query', 'headers', 'bindingVersion']);
  for (const [key, entry] of entries(binding))
    if (!known.has(key) && !key.startsWith('x-')) documents.warn(entry, `${key} is no part of a ws binding.`);
}
