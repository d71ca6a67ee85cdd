import type { JsonObject, JsonValue } from '../events.ts';

/** `{{ node.field.path[0] }}`: an output of an earlier node, or `sys` for facts about the run. */
export interface Reference {
  readonly nodeId: string;
  /** At least one step; the first is the output field. */
  readonly path: readonly (string | number)[];
}

export type Segment =
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'reference'; readonly source: string; readonly reference: Reference };

/** What references resolve against. */
export interface Scope {
  /** Undefined for a node that has not run or was skipped. */
  outputsOf(nodeId: string): JsonObject | undefined;
  /** `run_id`, `workflow_id` and `user_id`. */
  readonly sys: JsonObject;
}

// Every repetition is bounded, so that matching stays linear in hostile text.
const REFERENCE =
  /\{\{\s{0,32}([A-Za-z0-9_][A-Za-z0-9_-]{0,63})((?:\.[A-Za-z0-9_$-]{1,128}|\[\d{1,9}\]){1,32})\s{0,32}\}\}/g;
const STEP = /\.([A-Za-z0-9_$-]{1,128})|\[(\d{1,9})\]/g;

/** Cuts a text into literals and references. What is no well-formed reference stays literal. */
export function parseReferences(text: string): readonly Segment[] {
  if (!text.includes('{{')) return text === '' ? [] : [{ type: 'literal', text }];
  const segments: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [source, nodeId = '', path = ''] = match;
    if (match.index > end) segments.push({ type: 'literal', text: text.slice(end, match.index) });
    segments.push({ type: 'reference', source, reference: { nodeId, path: parsePath(path) } });
    end = match.index + source.length;
  }
  if (end < text.length) segments.push({ type: 'literal', text: text.slice(end) });
  return segments;
}

const parsePath = (path: string): (string | number)[] =>
  Array.from(path.matchAll(STEP), ([, name, index]) => name ?? Number(index));

/** The value that a reference names; undefined when the node, the field or a step is missing. */
export function resolve(reference: Reference, scope: Scope): JsonValue | undefined {
  let value: unknown = reference.nodeId === 'sys' ? scope.sys : scope.outputsOf(reference.nodeId);
  for (const step of reference.path) {
    // Own properties only: `__proto__`, `constructor` and inherited methods do not exist for definitions.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value === undefined ? undefined : toJsonValue(value);
}

/** The text of a value inside other text: strings as they are, nothing for a missing value, JSON otherwise. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Replaces every reference of a text. Always answers text. */
export function renderText(text: string, scope: Scope): string {
  if (!text.includes('{{')) return text;
  let rendered = '';
  for (const segment of parseReferences(text)) {
    rendered += segment.type === 'literal' ? segment.text : textOf(resolve(segment.reference, scope));
  }
  return rendered;
}

/**
 * Replaces references in every string inside a value. A string that is one reference takes the
 * referred value with its type, null when it is missing.
 */
export function interpolate(value: unknown, scope: Scope): JsonValue {
  if (typeof value === 'string') return interpolateString(value, scope);
  if (typeof value !== 'object' || value === null) return toJsonValue(value);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, scope));
  return interpolateMap(value, scope);
}

/** `interpolate` for each value of an object. */
export function interpolateMap(map: object, scope: Scope): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, interpolate(value, scope)]));
}

function interpolateString(text: string, scope: Scope): JsonValue {
  if (!text.includes('{{')) return text;
  const [first, second] = parseReferences(text);
  if (first?.type === 'reference' && second === undefined) return resolve(first.reference, scope) ?? null;
  return renderText(text, scope);
}

/** Every string inside a value with its JSON pointer, in document order. */
export function* stringsIn(value: unknown, pointer: string): Generator<{ text: string; pointer: string }> {
  if (typeof value === 'string') yield { text: value, pointer };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) yield* stringsIn(item, `${pointer}/${escapePointer(key)}`);
}

/** One reference token of a JSON pointer (RFC 6901 section 3). */
export const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Narrows what is JSON by construction (parsed or written by an executor) without copying it. */
function toJsonValue(value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'object':
      // Sound: definitions and node outputs are JSON, so an object or array holds JSON values only.
      return value as JsonValue;
    default:
      return null;
  }
}
