import { isObject, type JsonObject } from '../../json.ts';
import { inlineMediaTypes } from '../inline-media-types.ts';
import { follow, pointerOf } from '../references.ts';
import { rewrite } from '../rewrite.ts';
import type { Kind } from '../shape.ts';
import type { Context, Converter, Note } from './context.ts';
import {
  convertComponents,
  convertDocument,
  convertPathItem,
  convertSchema,
  convertSecurityScheme,
  convertServer,
  convertTag,
} from './document.ts';
import { convertEncoding, convertExample, convertMediaType, convertResponse } from './media-types.ts';
import { convertParameter, setQuerystringApart } from './parameters.ts';

const CONVERT: Readonly<Partial<Record<Kind, Converter>>> = {
  document: convertDocument,
  components: convertComponents,
  pathItem: convertPathItem,
  operation: setQuerystringApart,
  parameter: convertParameter,
  response: convertResponse,
  mediaType: convertMediaType,
  encoding: convertEncoding,
  example: convertExample,
  schema: convertSchema,
  server: convertServer,
  tag: convertTag,
  securityScheme: convertSecurityScheme,
};

/** Beside the `$ref` of a schema or a path item other members count too. */
const isBareReference = (value: JsonObject, kind: Kind): boolean =>
  typeof value.$ref === 'string' && kind !== 'schema' && kind !== 'pathItem';

/** Lets references that led to what was moved lead there again. */
function redirect(value: unknown, moves: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => redirect(item, moves));
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, inner]) => [key, redirect(inner, moves)]);
    return Object.fromEntries(members);
  }
  const pointer = pointerOf({ $ref: value });
  if (typeof value !== 'string' || pointer === undefined) return value;
  // Inner places are noted before the outer ones that move with them.
  let here = pointer;
  for (const [from, to] of moves)
    if (here === from || here.startsWith(`${from}/`)) here = to + here.slice(from.length);
  return here === pointer ? value : `#${here}`;
}

/**
 * Writes an OpenAPI 3.2 document that refers only to itself as OpenAPI 3.1. What has no place there stays as
 * `x-oas32-` and is noted, unless it is for readers only.
 */
export function toOpenApi31(document: JsonObject): {
  readonly root: JsonObject;
  readonly notes: readonly Note[];
} {
  const notes: Note[] = [];
  const moves = new Map<string, string>();
  // First, so that nothing that converters make is a reference where none may be.
  const source = inlineMediaTypes(document);
  const contextAt = (pointer: string): Context => ({
    pointer,
    note: (message) => notes.push({ pointer, message }),
    moved: (from, to) => moves.set(from, to),
    resolve: (value) => follow(source, { pointer, value }).value,
  });
  const converted = rewrite(source, 'document', (kind, node, pointer) => {
    const convert = isBareReference(node, kind) ? undefined : CONVERT[kind];
    return convert ? convert(node, contextAt(pointer)) : node;
  });
  const root = moves.size > 0 ? redirect(converted, moves) : converted;
  return { root: isObject(root) ? root : converted, notes };
}
