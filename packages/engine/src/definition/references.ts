import { NodeError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../events.ts';
import { sizeOf } from './size.ts';

/**
 * `{{ node.field.path[0] }}`: an output of an earlier node, a binding of the container around (`item`, a loop's
 * variable), or a value of one of the ROOTS.
 */
export interface Reference {
  /** The node, the container around, or one of the ROOTS. */
  readonly nodeId: string;
  /** At least one step; the first is the output field. */
  readonly path: readonly (string | number)[];
}

export type Segment =
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'reference'; readonly source: string; readonly reference: Reference };

/**
 * What is no node: facts about the run, the definition's constants, its variables, and secrets of the tenant.
 * Nodes cannot have these ids.
 */
export const ROOTS = ['sys', 'env', 'vars', 'secret'] as const;

/** What `{{ sys.* }}` has. */
export const SYS_FIELDS = ['run_id', 'workflow_id', 'user_id', 'conversation_id', 'now', 'inputs'] as const;

/** What references resolve against. */
export interface RunFacts {
  /** The values under one of the ROOTS, a node's id or a container's; undefined for a node that has not run. */
  valuesOf(name: string): JsonObject | undefined;
}

/** What one attempt of one node may read of its run. */
export interface Scope extends RunFacts {
  /** Takes the size of a referred value off the node's budget. Throws NodeError `output_too_large`. */
  spend(size: number): void;
}

/**
 * Characters (UTF-16 units, see `sizeOf`) that all references of one node may bring in together. A text of
 * many references to one large value would otherwise be many times as large as anything that was sent.
 */
export const MAX_REFERRED = 4 * 1024 * 1024;

/** A scope with a fresh budget of MAX_REFERRED. */
export function createScope({ valuesOf }: RunFacts, nodeId: string): Scope {
  let left = MAX_REFERRED;
  return {
    valuesOf,
    spend(size) {
      left -= size;
      if (left >= 0) return;
      const message = `the references of ${nodeId} bring in more than ${MAX_REFERRED} characters`;
      throw new NodeError(message, { code: 'output_too_large' });
    },
  };
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
export function resolve(reference: Reference, facts: RunFacts): JsonValue | undefined {
  let value: unknown = facts.valuesOf(reference.nodeId);
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

/** `resolve`, at the expense of the scope's budget. */
function take(reference: Reference, scope: Scope): JsonValue | undefined {
  const value = resolve(reference, scope);
  if (value !== undefined) scope.spend(sizeOf(value));
  return value;
}

/** Replaces every reference of a text. Always answers text. Throws what `spend` throws. */
export function renderText(text: string, scope: Scope): string {
  if (!text.includes('{{')) return text;
  let rendered = '';
  for (const segment of parseReferences(text)) {
    rendered += segment.type === 'literal' ? segment.text : textOf(take(segment.reference, scope));
  }
  return rendered;
}

/**
 * Replaces references in every string inside a value. A string that is one reference takes the
 * referred value with its type, null when it is missing. Throws what `spend` throws.
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
  if (first?.type === 'reference' && second === undefined) return take(first.reference, scope) ?? null;
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
