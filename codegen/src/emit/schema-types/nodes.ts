/** A type of TypeScript, before it is laid out in lines. `flat` is the whole of it where one line can hold it. */
export type TypeNode = Word | ObjectNode | ListNode | ArrayNode | TupleNode;

interface Flat {
  readonly flat?: string;
}

/** A name, a literal or a word of the language. */
interface Word {
  readonly kind: 'word';
  readonly flat: string;
}

export interface Member {
  readonly name: string;
  readonly optional: boolean;
  readonly type: TypeNode;
  /** What a reader cannot see in the type. */
  readonly comment: string;
}

export interface ObjectNode extends Flat {
  readonly kind: 'object';
  readonly members: readonly Member[];
  /** The type of every member that has no type of its own. */
  readonly index?: TypeNode;
}

export interface ListNode extends Flat {
  readonly kind: 'union' | 'intersection';
  readonly types: readonly TypeNode[];
}

interface ArrayNode extends Flat {
  readonly kind: 'array';
  readonly item: TypeNode;
}

interface TupleItem {
  readonly type: TypeNode;
  readonly optional: boolean;
}

export interface TupleNode extends Flat {
  readonly kind: 'tuple';
  readonly items: readonly TupleItem[];
  readonly rest?: TypeNode;
}

export const word = (text: string): Word => ({ kind: 'word', flat: text });

export const UNKNOWN = word('unknown');
export const NEVER = word('never');
export const NULL = word('null');
export const ANY_OBJECT = word('Record<string, unknown>');
export const NO_OBJECT = word('Record<string, never>');

/** Parentheses where another operator follows. */
export const isCompound = (node: TypeNode): node is ListNode =>
  node.kind === 'union' || node.kind === 'intersection';

const withFlat = <Node extends object>(node: Node, flat: string | undefined): Node & Flat =>
  flat === undefined ? node : { ...node, flat };

const grouped = (node: TypeNode): string | undefined =>
  node.flat !== undefined && isCompound(node) ? `(${node.flat})` : node.flat;

export function object(members: readonly Member[], index?: TypeNode): TypeNode {
  const flat =
    members.length === 0 && index?.flat !== undefined ? `{ [key: string]: ${index.flat} }` : undefined;
  return withFlat({ kind: 'object' as const, members, ...(index && { index }) }, flat);
}

export function array(item: TypeNode): TypeNode {
  const flat = grouped(item);
  return withFlat({ kind: 'array' as const, item }, flat && `${flat}[]`);
}

export function tuple(items: readonly TupleItem[], rest?: TypeNode): TypeNode {
  const parts = items.map(({ type, optional }) => {
    const flat = optional ? grouped(type) : type.flat;
    return flat && `${flat}${optional ? '?' : ''}`;
  });
  if (rest) parts.push(grouped(rest) && `...${grouped(rest)}[]`);
  const flat = parts.every((part) => part !== undefined) ? `[${parts.join(', ')}]` : undefined;
  return withFlat({ kind: 'tuple' as const, items, ...(rest && { rest }) }, flat);
}

/** Equal for equal types. */
export function keyOf(node: TypeNode): string {
  if (node.flat !== undefined) return node.flat;
  switch (node.kind) {
    case 'object': {
      const members = node.members.map(
        ({ name, optional, type }) => `${name}${optional ? '?' : ''}:${keyOf(type)}`,
      );
      return `{${members.join(';')}|${node.index ? keyOf(node.index) : ''}}`;
    }
    case 'array':
      return `${keyOf(node.item)}[]`;
    case 'tuple':
      return `[${node.items.map(({ type, optional }) => keyOf(type) + (optional ? '?' : '')).join()}|${node.rest ? keyOf(node.rest) : ''}]`;
    case 'union':
    case 'intersection':
      return `(${node.types.map(keyOf).join(node.kind === 'union' ? '|' : '&')})`;
    default:
      return node.flat;
  }
}

const distinct = (nodes: readonly TypeNode[]): TypeNode[] =>
  nodes.length === 1 ? [...nodes] : [...new Map(nodes.map((node) => [keyOf(node), node])).values()];

const spread = (nodes: readonly TypeNode[], kind: ListNode['kind']): TypeNode[] =>
  nodes.flatMap((node) => (node.kind === kind ? node.types : [node]));

function list(kind: ListNode['kind'], types: readonly TypeNode[]): TypeNode {
  const parts = types.map((type) => (type.kind === 'word' ? type.flat : grouped(type)));
  const flat = parts.every((part) => part !== undefined)
    ? parts.join(kind === 'union' ? ' | ' : ' & ')
    : undefined;
  return withFlat({ kind, types }, flat);
}

/** One of several types. */
export function union(nodes: readonly TypeNode[]): TypeNode {
  const types = distinct(spread(nodes, 'union')).filter((node) => node !== NEVER);
  if (types.includes(UNKNOWN)) return UNKNOWN;
  const [first = NEVER] = types;
  return types.length < 2 ? first : list('union', types);
}

/** Members of both; what both say of one member holds at once. */
function mergeMembers(members: readonly Member[]): Member[] {
  const merged = new Map<string, Member>();
  for (const member of members) {
    const known = merged.get(member.name);
    merged.set(
      member.name,
      known
        ? {
            name: member.name,
            optional: known.optional && member.optional,
            type: intersection([known.type, member.type]),
            comment: known.comment || member.comment,
          }
        : member,
    );
  }
  return [...merged.values()];
}

/** The type of the words that are values: of `'a'` it is `string`. */
function baseOf(text: string): string | undefined {
  if (/^(string|number|boolean|null)$/.test(text)) return text;
  if (text.startsWith("'")) return 'string';
  if (/^(true|false)$/.test(text)) return 'boolean';
  return /^-?\d/.test(text) ? 'number' : undefined;
}

/** The words that a type is a union of, when they are all values or types of values. */
function valuesOf(node: TypeNode): string[] | undefined {
  const words = node.kind === 'union' ? node.types : [node];
  const texts = words.flatMap((type) =>
    type.kind === 'word' && baseOf(type.flat) !== undefined ? [type.flat] : [],
  );
  return texts.length === words.length ? texts : undefined;
}

/** What two unions of values have in common. */
function common(a: readonly string[], b: readonly string[]): string[] {
  const covers = (wide: readonly string[], text: string): boolean =>
    wide.includes(text) || wide.includes(baseOf(text) ?? '');
  return [...new Set([...a.filter((text) => covers(b, text)), ...b.filter((text) => covers(a, text))])];
}

/** All of several types at once. Objects that are written out become one, and so do unions of values. */
export function intersection(nodes: readonly TypeNode[]): TypeNode {
  const types = distinct(spread(nodes, 'intersection')).filter((node) => node !== UNKNOWN);
  if (types.includes(NEVER)) return NEVER;
  const values = types.flatMap((node) => [valuesOf(node) ?? []].filter((list) => list.length > 0));
  if (values.length === types.length && values.length > 1) return union(values.reduce(common).map(word));
  const objects = types.flatMap((node) => (node.kind === 'object' && !node.index ? [node] : []));
  const [first] = objects;
  const merged =
    objects.length > 1 ? object(mergeMembers(objects.flatMap(({ members }) => members))) : undefined;
  const rest = merged
    ? types.flatMap((node) =>
        node === first ? [merged] : objects.some((other) => other === node) ? [] : [node],
      )
    : types;
  const [only = UNKNOWN] = rest;
  return rest.length < 2 ? only : list('intersection', rest);
}
