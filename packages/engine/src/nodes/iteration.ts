import { interpolate, type Scope } from '../definition/references.ts';
import { sizeOf } from '../definition/size.ts';
import type { IterationNode } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import type { JsonValue } from '../events.ts';
import { BODY, type ContainerType, described, type GraphResult, VALUE } from './node-type.ts';

export const iteration: ContainerType<IterationNode> = {
  kind: 'container',
  summary: 'Runs nodes for each item of a list',
  summaryZh: '迭代：对列表的每一项运行内部节点',
  docs:
    'Runs the nodes of `body` for each item of a list, `parallel` items at once. Inside, `{{ <its id>.item }}` is the ' +
    'item and `{{ <its id>.index }}` its place, from 0. Output `output` is the list of what `output` is for each item, ' +
    'in the order of the items. `on_item_error` says what a failed item does: `fail` fails the node, `null` stands ' +
    'for its output, `drop` leaves it out; what answer nodes inside say is then told when all items are over. ' +
    '`flatten` joins outputs that are lists into one list.',
  example: {
    id: 'each',
    type: 'iteration',
    items: '{{ start.links }}',
    parallel: 4,
    body: {
      nodes: [{ id: 'fetch', type: 'http', method: 'GET', url: '{{ each.item }}' }],
      edges: [],
    },
    output: '{{ fetch.body }}',
  },
  schema: {
    required: ['items', 'body', 'output'],
    properties: {
      items: described(VALUE, 'The list; usually one reference.'),
      body: BODY,
      output: described(VALUE, 'What each item comes to; it may refer to the nodes of `body`.'),
      parallel: { type: 'integer', minimum: 1, maximum: 16, default: 1 },
      on_item_error: { enum: ['fail', 'null', 'drop'], default: 'fail' },
      flatten: { type: 'boolean', default: false },
    },
  },
  fallible: 'branch',
  interpolated: ['items'],
  interpolatedInside: ['output'],
  outputs: () => ['output', 'answer'],
  body: ({ body }) => body,
  bindings: () => ['item', 'index'],
  async execute(node, { scope, runGraph, tellShare }) {
    const items = itemsOf(node, scope);
    const results: (GraphResult | undefined)[] = new Array(items.length).fill(undefined);
    let next = 0;
    let size = 0;
    let done = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < items.length; index = next++) {
        const bindings = { item: items[index] ?? null, index };
        const child = { graph: node.body, index, bindings, output: node.output };
        const result = await runGraph(child).catch((error: unknown) => passOver(node, error));
        results[index] = result;
        tellShare(++done / items.length);
        size += sizeOf(result?.output);
        if (size > MAX_OUTPUT) throw tooLarge(node);
      }
    };
    await Promise.all(Array.from({ length: Math.min(node.parallel ?? 1, items.length) }, work));
    const answers = results.flatMap((result) => result?.answer ?? []);
    return {
      outputs: { output: collect(node, results), ...(answers.length > 0 && { answer: answers.join('') }) },
    };
  },
};

const MAX_ITEMS = 10_000;
const MAX_OUTPUT = 4 * 1024 * 1024;

function itemsOf({ id, items }: IterationNode, scope: Scope): readonly JsonValue[] {
  const value = interpolate(items, scope);
  if (!Array.isArray(value)) {
    throw new NodeError(`the items of ${id} are no list`, { code: 'invalid_items' });
  }
  if (value.length <= MAX_ITEMS) return value;
  throw new NodeError(`${id} has more than ${MAX_ITEMS} items`, { code: 'invalid_items' });
}

/** What a failed item comes to: nothing, unless it fails the whole node. */
function passOver({ on_item_error: mode = 'fail' }: IterationNode, error: unknown): undefined {
  if (mode === 'fail' || !(error instanceof NodeError)) throw error;
  return undefined;
}

function collect(
  { on_item_error: mode, flatten }: IterationNode,
  results: readonly (GraphResult | undefined)[],
): readonly JsonValue[] {
  const kept = mode === 'drop' ? results.filter((result) => result !== undefined) : results;
  const outputs = kept.map((result) => result?.output ?? null);
  // Only lists of lists are joined, as one item that is no list would leave its place unclear.
  const isNested = outputs.every((output) => output === null || Array.isArray(output));
  return flatten && isNested ? outputs.flatMap((output) => (output === null ? [] : output)) : outputs;
}

const tooLarge = ({ id }: IterationNode): NodeError =>
  new NodeError(`the outputs of ${id} are larger than ${MAX_OUTPUT} characters`, {
    code: 'output_too_large',
  });
