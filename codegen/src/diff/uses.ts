import { pointerOf, valueAt } from '../bundle/references.ts';
import { type Kind, METHODS, parts } from '../bundle/shape.ts';
import { isObject, type JsonObject } from '../json.ts';
import { keysOf, pointerTo } from '../load/cursor.ts';

/** Who sends a value: the client a request, the server an answer. Events and messages are either. */
export type Direction = 'request' | 'answer';

/** Which operations send a value which way. */
export interface Use {
  readonly direction: Direction;
  /** operationId, or method and path; the operation's key in AsyncAPI. */
  readonly operation: string;
}

/** Tells the uses of the value at a pointer of a bundled document. */
export type Uses = (pointer: string) => readonly Use[];

const opposite = (direction: Direction): Direction => (direction === 'request' ? 'answer' : 'request');

/** A value that an operation sends. */
interface Root extends Use {
  readonly pointer: string;
  readonly kind: Kind;
}

const operationName = (operation: JsonObject, method: string, path: string): string =>
  typeof operation.operationId === 'string' ? operation.operationId : `${method.toUpperCase()} ${path}`;

function rootsOfOperation(operation: unknown, pointer: string, name: string, sends: Direction): Root[] {
  const at = (key: string, kind: Kind, direction: Direction): Root => ({
    pointer: `${pointer}/${key}`,
    kind,
    direction,
    operation: name,
  });
  if (!isObject(operation)) return [];
  const { parameters, callbacks } = operation;
  return [
    ...(Array.isArray(parameters)
      ? parameters.map((_, index) => at(`parameters/${index}`, 'parameter', sends))
      : []),
    at('requestBody', 'requestBody', sends),
    at('responses', 'responses', opposite(sends)),
    ...Object.entries(isObject(callbacks) ? callbacks : {}).flatMap(([key, callback]) =>
      rootsOfPaths(callback, `${pointer}/callbacks${pointerTo([key])}`, opposite(sends), name),
    ),
  ];
}

function rootsOfPaths(paths: unknown, pointer: string, sends: Direction, owner?: string): Root[] {
  if (!isObject(paths)) return [];
  return Object.entries(paths).flatMap(([path, item]) => {
    if (!isObject(item)) return [];
    const at = `${pointer}${pointerTo([path])}`;
    const others = isObject(item.additionalOperations) ? item.additionalOperations : {};
    const operations: [string, unknown, string][] = [
      ...METHODS.map((method): [string, unknown, string] => [method, item[method], `${at}/${method}`]),
      ...Object.entries(others).map(([method, value]): [string, unknown, string] => [
        method,
        value,
        `${at}/additionalOperations${pointerTo([method])}`,
      ]),
    ];
    return operations.flatMap(([method, value, place]) =>
      isObject(value)
        ? rootsOfOperation(value, place, owner ?? operationName(value, method, path), sends)
        : [],
    );
  });
}

function rootsOfAsyncOperations(root: JsonObject): Root[] {
  return Object.entries(isObject(root.operations) ? root.operations : {}).flatMap(([operation, value]) => {
    if (!isObject(value)) return [];
    const direction: Direction = value.action === 'send' ? 'answer' : 'request';
    const pointer = `/operations${pointerTo([operation])}`;
    const messages = (holder: unknown, at: string, sent: Direction): Root[] =>
      isObject(holder) && Array.isArray(holder.messages)
        ? holder.messages.map((_, index) => ({
            pointer: `${at}/messages/${index}`,
            kind: 'message',
            direction: sent,
            operation,
          }))
        : [];
    return [
      ...messages(value, pointer, direction),
      ...messages(value.reply, `${pointer}/reply`, opposite(direction)),
    ];
  });
}

/** What a client sends to open a connection. */
function rootsOfChannels(root: JsonObject): Root[] {
  return Object.entries(isObject(root.channels) ? root.channels : {}).flatMap(([operation, channel]) => {
    if (!isObject(channel)) return [];
    const pointer = `/channels${pointerTo([operation])}`;
    const names = Object.keys(isObject(channel.parameters) ? channel.parameters : {});
    const parameters = names.map(
      (name): Root => ({
        pointer: `${pointer}/parameters${pointerTo([name])}`,
        kind: 'asyncParameter',
        direction: 'request',
        operation,
      }),
    );
    return [
      ...parameters,
      { pointer: `${pointer}/bindings`, kind: 'channelBindings', direction: 'request', operation },
    ];
  });
}

/** A place that is reached, and as what it is read. */
interface Reached {
  readonly pointer: string;
  readonly kind: Kind;
}

/** What a value refers to, itself or in its parts. */
function referencesIn(value: unknown, kind: Kind): Reached[] {
  const target = pointerOf(value);
  const inner = parts(kind, value).flatMap((part) => referencesIn(part.value, part.kind));
  return target === undefined ? inner : [{ pointer: target, kind }, ...inner];
}

/** All places that are reached from a root, each once. Each place is read once for all roots. */
function createReach(root: JsonObject): (from: Reached) => Iterable<string> {
  const known = new Map<string, readonly Reached[]>();
  const referencesOf = ({ pointer, kind }: Reached): readonly Reached[] => {
    const key = `${kind} ${pointer}`;
    const references = known.get(key) ?? referencesIn(valueAt(root, pointer), kind);
    known.set(key, references);
    return references;
  };
  return (from) => {
    const reached = new Map<string, Reached>([[from.pointer, from]]);
    // A Map goes on to what is added while it is walked through.
    for (const here of reached.values())
      for (const next of referencesOf(here)) if (!reached.has(next.pointer)) reached.set(next.pointer, next);
    return reached.keys();
  };
}

const rootsOf = (root: JsonObject): Root[] => [
  ...rootsOfPaths(root.paths, '/paths', 'request'),
  ...rootsOfPaths(root.webhooks, '/webhooks', 'answer'),
  ...rootsOfAsyncOperations(root),
  ...rootsOfChannels(root),
];

/** The pointers of everything that a value stands in, and its own. */
const withAncestors = (pointer: string): string[] => {
  const keys = keysOf(pointer);
  return keys.map((_, index) => pointerTo(keys.slice(0, index + 1)));
};

/** Finds out who sends what in a bundled document. */
export function readUses(root: JsonObject): Uses {
  const reach = createReach(root);
  const uses = new Map<string, Map<string, Use>>();
  for (const { direction, operation, ...from } of rootsOf(root)) {
    for (const pointer of reach(from)) {
      const known = uses.get(pointer) ?? new Map<string, Use>();
      known.set(`${direction} ${operation}`, { direction, operation });
      uses.set(pointer, known);
    }
  }
  return (pointer) => {
    const all = withAncestors(pointer).flatMap((place) => [...(uses.get(place) ?? [])]);
    return [...new Map(all).values()];
  };
}
