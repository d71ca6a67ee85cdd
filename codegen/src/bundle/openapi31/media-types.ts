import { isObject } from '../../json.ts';
import { keysOf } from '../../load/cursor.ts';
import { type Node, rename } from '../rewrite.ts';
import { type Context, type Converter, keepNoted } from './context.ts';
import { keep } from './kept.ts';

const repetition = (mediaType: string): string =>
  mediaType.startsWith('text/event-stream')
    ? 'One server-sent event. The body is a stream of them.'
    : 'One item. The body is a sequence of them.';

/** The schema of one item, which says that it is one of many. */
function describeItem(itemSchema: unknown, mediaType: string): Node {
  const text = repetition(mediaType);
  if (!isObject(itemSchema)) return { ...(itemSchema === false && { not: {} }), description: text };
  const { description } = itemSchema;
  return { ...itemSchema, description: typeof description === 'string' ? `${description} ${text}` : text };
}

/** Puts the item's schema where OpenAPI 3.1 has the whole body's, when nothing stands there. */
function convertItems(node: Node, context: Context): Node {
  if (!('itemSchema' in node)) return node;
  const mediaType = keysOf(context.pointer).at(-1) ?? '';
  context.moved(`${context.pointer}/itemSchema`, `${context.pointer}/x-item-schema`);
  const renamed = rename(node, { itemSchema: 'x-item-schema' });
  if ('schema' in node) return renamed;
  context.note('itemSchema: `schema` is the schema of one item; only its description says that more follow.');
  return { schema: describeItem(node.itemSchema, mediaType), ...renamed };
}

/** `itemSchema`, `prefixEncoding` and `itemEncoding` of a media type. */
export const convertMediaType: Converter = (node, context) => {
  const why = 'only properties have encodings.';
  return keepNoted(convertItems(node, context), context, { prefixEncoding: why, itemEncoding: why });
};

/** Encodings within an encoding. */
export const convertEncoding: Converter = (node, context) => {
  const why = 'an encoding has no encodings in it.';
  return keepNoted(node, context, { encoding: why, prefixEncoding: why, itemEncoding: why });
};

/** `dataValue` and `serializedValue`: `value` is the data, or text where there is no data (section 4.8.19). */
export const convertExample: Converter = (node) => {
  if ('value' in node) return keep(node, 'dataValue', 'serializedValue');
  const source = ['dataValue', 'serializedValue'].find((key) => key in node);
  return source === undefined
    ? node
    : keep(rename(node, { [source]: 'value' }), 'serializedValue', 'externalValue');
};

/** `summary` of a response, and its description, which OpenAPI 3.1 requires. */
export const convertResponse: Converter = (node) => {
  if ('description' in node) return keep(node, 'summary');
  return 'summary' in node ? rename(node, { summary: 'description' }) : { description: '', ...node };
};
