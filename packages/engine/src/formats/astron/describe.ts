import { parseReferences, type Reference, type RunFacts } from '../../definition/references.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import { createReport, listIn, textIn } from '../foreign.ts';
import { parseText, UnreadableTextError } from '../text.ts';
import { literalOf } from './desk.ts';
import { type AstronInput, type AstronNode, readFlow } from './flow.ts';
import { type MappedFlow, mapFlow } from './mapping.ts';
import { splitName } from './references.ts';
import { plainValue } from './template.ts';

/** A node of a flow of astron-agent, and where its values are in a run of what it became. */
export interface AstronNodeDescription {
  readonly id: string;
  /** What stands before `::` in its id. */
  readonly type: string;
  /** Its name for people. */
  readonly title: string;
  /** What kind of node the console calls it. */
  readonly category: string;
  /** The nodes of ours that it became, in the order in which they run. None for what a container does itself. */
  readonly nodeIds: readonly string[];
  /** By name, as far as they refer to something. */
  readonly inputs: ReadonlyMap<string, AstronSource>;
  readonly outputs: ReadonlyMap<string, AstronSource>;
  /** What the options of a question are, such as `text` or `image`, by the choice that each became. */
  readonly contentTypes: ReadonlyMap<string, string>;
}

/** Where a value comes from. A reference goes on in every item of a list that it meets. */
export type AstronSource =
  | { readonly kind: 'literal'; readonly value: JsonValue }
  | { readonly kind: 'reference'; readonly reference: Reference };

export interface AstronFlowDescription {
  readonly nodes: readonly AstronNodeDescription[];
  /** The node there that a node of ours stands for, at a place of a run; undefined inside of subflows. */
  nodeOf(nodeId: string, scope: string | undefined): AstronNodeDescription | undefined;
}

/** Their ends have no outputs of their own: what they are given is what they tell. */
const ENDS: ReadonlySet<string> = new Set(['node-end', 'iteration-node-end', 'loop-node-end']);

/**
 * Describes a flow as `importDefinition` takes it. Undefined for a text that is no flow. What cannot be imported is not
 * told: it has no nodes here.
 */
export function describeAstronFlow(text: string): AstronFlowDescription | undefined {
  const report = createReport();
  try {
    const flow = readFlow(parseText(text), report);
    return flow && describe(flow.nodes, mapFlow(flow, report));
  } catch (error) {
    if (error instanceof UnreadableTextError) return undefined;
    throw error;
  }
}

/** The values that some sources have at a place of a run, by name. Those that are not there yet are left out. */
export function astronValuesOf(sources: ReadonlyMap<string, AstronSource>, facts: RunFacts): JsonObject {
  const values = Array.from(sources, ([name, source]) => [name, evaluate(source, facts)] as const);
  return Object.fromEntries(
    values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

function describe(flowNodes: readonly AstronNode[], mapped: MappedFlow): AstronFlowDescription {
  const nodes = flowNodes.map((node, index) =>
    describeNode(node, mapped.rows[index]?.importedAs ?? [], mapped),
  );
  const byPlace = new Map(
    nodes.flatMap((node) => node.nodeIds.map((id) => [placeOf(mapped.containersOf(node.id), id), node])),
  );
  return {
    nodes,
    nodeOf: (nodeId, scope) => byPlace.get(placeOf(scope === undefined ? [] : containersIn(scope), nodeId)),
  };
}

const placeOf = (containers: readonly string[], nodeId: string): string => [...containers, nodeId].join('.');

/** The containers of a scope, such as `outer[0].inner[2]`. */
const containersIn = (scope: string): string[] =>
  scope.split('.').map((part) => part.replace(/\[\d+\]$/, ''));

function describeNode(
  node: AstronNode,
  importedAs: readonly { readonly id: string }[],
  mapped: MappedFlow,
): AstronNodeDescription {
  const inputs = sources(node.inputs, (input) => sourceOf(input, mapped));
  const own = sources(node.outputs, ({ name }) => toReference(mapped.outputOf(node.id, name)));
  const ids = importedAs.map(({ id }) => id);
  const containers = mapped.containersOf(node.id);
  return {
    id: node.id,
    type: node.type,
    title: node.title,
    category: node.category,
    // What a container does itself is told as the container.
    nodeIds: ids.filter((id) => !containers.includes(id)),
    inputs,
    outputs: ENDS.has(node.type) ? inputs : own,
    contentTypes: new Map(
      listIn(node.param, 'optionAnswer').flatMap((option) => {
        const contentType = textIn(option, 'content_type');
        return contentType === '' ? [] : [[textIn(option, 'name'), contentType]];
      }),
    ),
  };
}

const sources = <T extends { readonly name: string }>(
  items: readonly T[],
  toSource: (item: T) => AstronSource | undefined,
): ReadonlyMap<string, AstronSource> =>
  new Map(
    items.flatMap((item) => {
      const source = toSource(item);
      return source ? [[item.name, source] as const] : [];
    }),
  );

function sourceOf({ value, type }: AstronInput, mapped: MappedFlow): AstronSource | undefined {
  if (value.kind === 'literal') {
    return { kind: 'literal', value: plainValue(literalOf(value.content, type), (text) => text) };
  }
  const { head, rest } = splitName(value.name);
  return toReference(mapped.outputOf(value.nodeId, head), rest);
}

function toReference(path: string | undefined, rest = ''): AstronSource | undefined {
  const [segment] = path === undefined ? [] : parseReferences(`{{ ${path}${rest} }}`);
  return segment?.type === 'reference' ? { kind: 'reference', reference: segment.reference } : undefined;
}

function evaluate(source: AstronSource, facts: RunFacts): JsonValue | undefined {
  if (source.kind === 'literal') return source.value;
  const { nodeId, path } = source.reference;
  return take(facts.valuesOf(nodeId), path);
}

function take(value: JsonValue | undefined, path: readonly (string | number)[]): JsonValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(value) && typeof step === 'string') return value.map((item) => take(item, path) ?? null);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return take(Reflect.get(value, step), rest);
}
