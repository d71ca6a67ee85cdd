import { expandAliases } from '../bundle/aliases.ts';
import { inlineMediaTypes } from '../bundle/inline-media-types.ts';
import type { BundledDocument } from '../bundle/read.ts';
import { follow } from '../bundle/references.ts';
import { type Node, rewrite, without } from '../bundle/rewrite.ts';
import { type Kind, METHODS } from '../bundle/shape.ts';
import { isObject, type JsonObject } from '../json.ts';
import { keysOf, pointerTo } from '../load/cursor.ts';

// Redocly compares objects as they are written. Here documents are written so that what means the same
// reads the same: what an operation inherits from its path or from the document is said by the operation,
// a path's aliases are paths, and extensions are text, as lists and objects in them are not compared.

/** Extensions that stand for members whose meaning Redocly does not compare. */
export const STAND_INS = {
  mapping: 'x-compared-mapping',
  channel: 'x-compared-channel',
  security: 'x-compared-security',
} as const;

/** Equal for equal values, whatever the order of members. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`);
  return `{${members.join(',')}}`;
}

/** Gives values that say nothing by their order one. */
const inOrder = (value: unknown): unknown =>
  Array.isArray(value) ? [...value].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) : value;

const spellExtensions = (node: Node): Node =>
  Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key.startsWith('x-') && typeof value === 'object' ? canonical(inOrder(value)) : value,
    ]),
  );

/** The mapping as text: its values are references, through which Redocly would look at each member twice. */
function spellMapping(node: Node): Node {
  const { discriminator } = node;
  if (!isObject(discriminator) || !isObject(discriminator.mapping)) return node;
  const spelled = { [STAND_INS.mapping]: canonical(discriminator.mapping) };
  return { ...node, discriminator: { ...without({ ...discriminator }, 'mapping'), ...spelled } };
}

/** Members beside which a list of one schema means what that schema means. */
const ANNOTATIONS =
  /^(allOf|title|description|deprecated|readOnly|writeOnly|default|examples?|externalDocs|\$comment|x-.*)$/;

/** A schema that is wrapped, to say something beside a `$ref`, as it reads without the wrapping. */
function unwrap(node: Node): Node {
  const { allOf, ...rest } = node;
  if (!Array.isArray(allOf) || allOf.length !== 1) return node;
  const [only]: unknown[] = allOf;
  return isObject(only) && Object.keys(node).every((key) => ANNOTATIONS.test(key))
    ? { ...only, ...rest }
    : node;
}

const asObject = (schema: unknown): unknown =>
  schema === true ? {} : schema === false ? { not: {} } : schema;

/** Schemas that are `true` or `false` as objects, where Redocly compares objects only. */
function spellBooleans(node: Node): Node {
  const changed = ['properties', 'patternProperties', '$defs', 'allOf', 'anyOf', 'oneOf'].flatMap((key) => {
    const value = node[key];
    if (Array.isArray(value)) return [[key, value.map(asObject)]];
    if (!isObject(value)) return [];
    return [[key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, asObject(one)]))]];
  });
  return { ...node, ...Object.fromEntries(changed) };
}

const keyOf = (root: JsonObject, parameter: unknown): string => {
  const { value } = follow(root, { pointer: '', value: parameter });
  return isObject(value) ? canonical([value.in, value.name]) : '';
};

/** Begins the names of components that stand for a parameter of a path. */
export const HOISTED = 'path ';

/** The parameters of a path, said by each of its operations. They become components, to be compared once. */
function inheritParameters(root: JsonObject): JsonObject {
  if (!isObject(root.paths)) return root;
  const hoisted: Node = {};
  const asReference = (path: string, parameter: unknown, index: number): unknown => {
    if (isObject(parameter) && typeof parameter.$ref === 'string') return parameter;
    const name = `${HOISTED}${path} ${index}`;
    hoisted[name] = parameter;
    return { $ref: `#${pointerTo(['components', 'parameters', name])}` };
  };
  const paths = Object.entries(root.paths).map(([path, item]) => {
    if (!isObject(item) || !Array.isArray(item.parameters)) return [path, item];
    const inherited = item.parameters.map((parameter, index) => ({
      key: keyOf(root, parameter),
      value: asReference(path, parameter, index),
    }));
    return [path, withParameters(without({ ...item }, 'parameters'), inherited, root)];
  });
  const components = isObject(root.components) ? root.components : {};
  const parameters = isObject(components.parameters) ? components.parameters : {};
  return {
    ...root,
    paths: Object.fromEntries(paths),
    components: { ...components, parameters: { ...parameters, ...hoisted } },
  };
}

/** One parameter of a path. */
interface Inherited {
  /** Where it is and its name, by which an operation replaces it. */
  readonly key: string;
  readonly value: unknown;
}

/** Does something with each operation of a path item. */
function mapOperations(item: Node, change: (operation: JsonObject) => unknown): Node {
  const changed = (value: unknown): unknown => (isObject(value) ? change(value) : value);
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => {
      if (METHODS.some((method) => method === key)) return [key, changed(value)];
      if (key !== 'additionalOperations' || !isObject(value)) return [key, value];
      return [key, Object.fromEntries(Object.entries(value).map(([method, one]) => [method, changed(one)]))];
    }),
  );
}

const withParameters = (item: Node, inherited: readonly Inherited[], root: JsonObject): Node =>
  mapOperations(item, (operation) => {
    const own: unknown[] = Array.isArray(operation.parameters) ? operation.parameters : [];
    const replaced = new Set(own.map((parameter) => keyOf(root, parameter)));
    const rest = inherited.filter(({ key }) => !replaced.has(key)).map(({ value }) => value);
    return { ...operation, parameters: [...own, ...rest] };
  });

/** The document's security, said by each operation. */
function inheritSecurity(root: JsonObject): JsonObject {
  if (!isObject(root.paths)) return root;
  const security = root.security ?? [];
  const paths = Object.entries(root.paths).map(([path, item]) => [
    path,
    isObject(item) ? mapOperations({ ...item }, (operation) => ({ security, ...operation })) : item,
  ]);
  return { ...without({ ...root }, 'security'), paths: Object.fromEntries(paths) };
}

/**
 * What is said about a message does not depend on the channel's other messages: an operation that names none
 * names all of its channel, and its channel is said by name.
 */
function nameMessages(node: Node, root: JsonObject): Node {
  if (!('channel' in node) && !('messages' in node)) return node;
  const { pointer, value } = follow(root, { pointer: '', value: node.channel });
  const channel = isObject(value) ? value : {};
  const all = Object.keys(isObject(channel.messages) ? channel.messages : {});
  const messages =
    node.messages ?? all.map((name) => ({ $ref: `#${pointer}${pointerTo(['messages', name])}` }));
  const name = keysOf(pointer).at(-1) ?? '';
  return { ...without(node, 'channel'), messages, [STAND_INS.channel]: name };
}

/** The ways to authenticate: of an operation, or else of the servers. */
function spellSecurity(node: Node, root: JsonObject): Node {
  const servers = isObject(root.servers) ? Object.values(root.servers) : [];
  const inherited = servers.flatMap((server) => {
    const { value } = follow(root, { pointer: '', value: server });
    return isObject(value) && Array.isArray(value.security) ? value.security : [];
  });
  const own = Array.isArray(node.security) ? node.security : inherited;
  const schemes = own.map((scheme: unknown) => {
    const { value } = follow(root, { pointer: '', value: scheme });
    return isObject(value) ? without({ ...value }, 'description') : value;
  });
  return { ...without(node, 'security'), [STAND_INS.security]: canonical(inOrder(schemes)) };
}

function spell(kind: Kind, node: Node, root: JsonObject): Node {
  if (kind === 'asyncOperation' || kind === 'reply') {
    const named = nameMessages(node, root);
    return spellExtensions(kind === 'reply' ? named : spellSecurity(named, root));
  }
  const isSchema = kind === 'schema' || kind === 'payload';
  return spellExtensions(isSchema ? spellBooleans(spellMapping(unwrap(node))) : node);
}

/** What an OpenAPI document says of several things at once, said of each of them. */
function spellOut(root: JsonObject): JsonObject {
  const { components, ...rest } = inlineMediaTypes(expandAliases(root));
  const used = isObject(components) ? without({ ...components }, 'mediaTypes') : components;
  return inheritSecurity(inheritParameters({ ...rest, ...(used !== undefined && { components: used }) }));
}

/** Writes a document so that what means the same reads the same. */
export function toComparable({ kind, root }: BundledDocument): JsonObject {
  const whole = kind === 'openapi' ? spellOut(root) : root;
  const rootKind: Kind = kind === 'openapi' ? 'document' : 'asyncDocument';
  return rewrite(whole, rootKind, (inner, node) => spell(inner, node, whole));
}
