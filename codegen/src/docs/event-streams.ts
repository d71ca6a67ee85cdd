import { isJsonMediaType, type JsonObject } from '../json.ts';
import { type BundledDocument, itemsOf, nameOfRef, textOf } from './document.ts';

/** One way that a server-sent event can look (OpenAPI 3.2 section 4.14.4). */
export interface EventView {
  /** The value of `event`, where one is fixed. */
  readonly event?: string;
  readonly hasId: boolean;
  /** The whole data, where it is fixed text such as `[DONE]`. */
  readonly sentinel?: string;
  /** What `data` holds when it is JSON: the schema, and its name. */
  readonly payload?: { readonly schema: unknown; readonly name?: string };
}

/** Schemas may nest in themselves; no event does. */
const MAX_DEPTH = 8;

/** The members of a union, through nested unions; the schema itself when it is none. */
export function branchesOf(place: unknown, document: BundledDocument, depth = 0): unknown[] {
  const schema = document.follow(place);
  const branches = [...itemsOf(schema.oneOf), ...itemsOf(schema.anyOf)];
  if (branches.length === 0 || depth > MAX_DEPTH) return [place];
  return branches.flatMap((branch) => branchesOf(branch, document, depth + 1));
}

/** The properties of a schema with those of what it is composed of. */
function propertiesOf(place: unknown, document: BundledDocument, depth = 0): JsonObject {
  const schema = document.follow(place);
  const parts = depth > MAX_DEPTH ? [] : itemsOf(schema.allOf);
  const inherited = parts.map((part) => propertiesOf(part, document, depth + 1));
  return Object.assign({}, ...inherited, document.follow(schema.properties));
}

function readEvent(place: unknown, document: BundledDocument): EventView[] {
  const properties = propertiesOf(place, document);
  const data = document.follow(properties.data);
  const event = textOf(document.follow(properties.event).const);
  const sentinel = textOf(data.const);
  const base = {
    ...(event !== undefined && { event }),
    hasId: properties.id !== undefined,
  };
  if (sentinel !== undefined) return [{ ...base, sentinel }];
  const isText = data.type === 'string' && !isJsonMediaType(textOf(data.contentMediaType) ?? '');
  if (isText) return [base];
  // Some documents describe the decoded data instead of the event that carries it.
  const content = properties.data === undefined ? place : (data.contentSchema ?? properties.data);
  return branchesOf(content, document).map((schema) => {
    const name = nameOfRef(schema);
    return { ...base, payload: { schema, ...(name !== undefined && { name }) } };
  });
}

/** The kinds of event that an itemSchema allows, those that end the stream last. */
export function readEvents(itemSchema: unknown, document: BundledDocument): EventView[] {
  const events = branchesOf(itemSchema, document).flatMap((branch) => readEvent(branch, document));
  return events.sort((a, b) => Number(a.sentinel !== undefined) - Number(b.sentinel !== undefined));
}

/** What a stream with one event of each kind looks like on the wire (WHATWG HTML section 9.2.6). */
export function writeEvents(events: readonly EventView[], dataOf: (event: EventView) => string): string {
  return events
    .map((event, index) => {
      const lines = [
        ...(event.hasId ? [`id: ${index + 1}`] : []),
        ...(event.event === undefined ? [] : [`event: ${event.event}`]),
        ...(event.sentinel ?? dataOf(event)).split('\n').map((line) => `data: ${line}`),
      ];
      return `${lines.join('\n')}\n\n`;
    })
    .join('');
}
