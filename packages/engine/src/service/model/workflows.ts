import fc from 'fast-check';
import type { WorkflowBody, WorkflowDefinition, WorkflowEdge, WorkflowNode } from '../../definition/types.ts';

/**
 * What a random workflow is made of. A `say` that is `refused` fails for good, one that is `fatal` until the model is
 * healed, and one that is `odd` in each second item of the iteration around it. An `ask` that is `lenient` may be passed
 * over or given up, and takes any answer.
 */
type Block =
  | { readonly kind: 'say'; readonly how: 'said' | 'refused' | 'fatal' | 'odd'; readonly branches: boolean }
  | { readonly kind: 'add' | 'reply' }
  | { readonly kind: 'ask'; readonly expires: boolean; readonly lenient: boolean }
  | { readonly kind: 'row' | 'beside'; readonly blocks: readonly Block[] }
  | { readonly kind: 'if'; readonly holds: boolean; readonly yes: Block; readonly no: Block }
  | {
      readonly kind: 'each';
      readonly items: number;
      readonly parallel: number;
      readonly failed: 'fail' | 'null' | 'drop' | 'branch';
      readonly body: Block;
    }
  | { readonly kind: 'loop'; readonly rounds: number; readonly body: Block }
  | { readonly kind: 'sub'; readonly body: Block };

/** A workflow with the definitions of its subflows by their ids. */
export interface Scenario {
  readonly definition: WorkflowDefinition;
  readonly subflows: ReadonlyMap<string, WorkflowDefinition>;
}

const said = fc.constant<Block>({ kind: 'say', how: 'said', branches: false });
const branching = fc.constant<Block>({ kind: 'say', how: 'refused', branches: true });
const fatal: Block = { kind: 'say', how: 'fatal', branches: false };
const simple = fc.constantFrom<Block>({ kind: 'add' }, { kind: 'reply' });
const ask: fc.Arbitrary<Block> = fc.record({
  kind: fc.constant('ask'),
  expires: fc.boolean(),
  lenient: fc.boolean(),
});
const leaf = fc.oneof({ weight: 5, arbitrary: said }, { weight: 3, arbitrary: simple }, ask, branching);

const odd = fc.constant<Block>({ kind: 'say', how: 'odd', branches: false });

// What runs beside a node that fails may or may not run: where an item fails, its nodes stand in a row.
const tameItem = fc
  .array(fc.oneof(said, simple, odd, ask), { minLength: 1, maxLength: 3 })
  .map((blocks): Block => ({ kind: 'row', blocks }));

const nestedBlocks = (body: fc.Arbitrary<Block>, item: fc.Arbitrary<Block>): fc.Arbitrary<Block> =>
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('row', 'beside'),
      blocks: fc.array(body, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('if'), holds: fc.boolean(), yes: body, no: body }),
    fc.record({
      kind: fc.constant('each'),
      items: fc.nat(3),
      parallel: fc.integer({ min: 1, max: 4 }),
      failed: fc.constant('fail'),
      body,
    }),
    fc.record({
      kind: fc.constant('each'),
      items: fc.nat(4),
      parallel: fc.integer({ min: 1, max: 4 }),
      failed: fc.constantFrom('null', 'drop'),
      body: item,
    }),
    fc.record({
      kind: fc.constant('each'),
      items: fc.nat(3),
      parallel: item === tameItem ? fc.constant(1) : fc.integer({ min: 1, max: 4 }),
      failed: fc.constant('branch'),
      body: item,
    }),
    fc.record({ kind: fc.constant('loop'), rounds: fc.integer({ min: 1, max: 3 }), body }),
    fc.record({ kind: fc.constant('sub'), body }),
  );

const nesting = { maxDepth: 3, withCrossShrink: true };

const { block } = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.oneof(
    nesting,
    { weight: 2, arbitrary: leaf },
    { weight: 3, arbitrary: nestedBlocks(tie('block'), tameItem) },
  ),
}));

const { wildBlock } = fc.letrec<{ wildBlock: Block }>((tie) => ({
  wildBlock: fc.oneof(
    nesting,
    { weight: 2, arbitrary: fc.oneof(leaf, odd) },
    { weight: 3, arbitrary: nestedBlocks(tie('wildBlock'), tie('wildBlock')) },
  ),
}));

/** Valid workflows of every kind of node that the scheduler treats in its own way. */
export const scenarios: fc.Arbitrary<Scenario> = fc
  .array(fc.oneof({ weight: 12, arbitrary: block }, fc.constant(fatal)), { minLength: 1, maxLength: 4 })
  .map((blocks) => createBuilder().scenario(blocks));

/** Workflows that fail until the model is healed. */
export const failingScenarios: fc.Arbitrary<Scenario> = fc
  .tuple(fc.array(block, { maxLength: 3 }), fc.array(block, { maxLength: 2 }))
  .map(([before, after]) => createBuilder().scenario([...before, fatal, ...after]));

/** Workflows in which anything fails beside anything, so that what they come to depends on who is first. */
export const wildScenarios: fc.Arbitrary<Scenario> = fc
  .array(wildBlock, { minLength: 1, maxLength: 3 })
  .map((blocks) => createBuilder().scenario(blocks));

/** An end of what was built so far, from which the next node goes on. */
interface Exit {
  readonly node: WorkflowNode;
  readonly on?: string;
}

interface Graph {
  readonly nodes: WorkflowNode[];
  readonly edges: WorkflowEdge[];
  /** Tells the time that a node runs from others: references to the counters of the containers around. */
  readonly mark: string;
}

const FIELDS: Partial<Record<WorkflowNode['type'], string>> = {
  llm: 'text',
  question: 'answer',
  answer: 'answer',
  iteration: 'output',
  loop: 'told',
  subflow: 'said',
};

const refer = (exits: readonly Exit[]): string =>
  [...new Set(exits.map(({ node }) => node))]
    .flatMap(({ id, type }) => (FIELDS[type] ? `{{ ${id}.${FIELDS[type]} }}` : []))
    .join('+');

/** With what is taken when their nodes fail. */
const orFailing = (exits: readonly Exit[]): readonly Exit[] =>
  exits.flatMap((exit) => [exit, { ...exit, on: 'error' }]);

function createBuilder() {
  const subflows = new Map<string, WorkflowDefinition>();
  let count = 0;
  const nextId = (prefix: string): string => `${prefix}${++count}`;

  function add(graph: Graph, from: readonly Exit[], node: WorkflowNode): Exit[] {
    graph.nodes.push(node);
    for (const {
      node: { id },
      on,
    } of from)
      graph.edges.push({ from: id, to: node.id, ...(on !== undefined && { on }) });
    return [{ node }];
  }

  function body(
    block: Block,
    mark: string,
    finish: (graph: Graph, exits: readonly Exit[]) => void,
  ): WorkflowBody {
    const graph: Graph = { nodes: [], edges: [], mark };
    finish(graph, build(graph, [], block));
    return { nodes: graph.nodes, edges: graph.edges };
  }

  function build(graph: Graph, from: readonly Exit[], block: Block): readonly Exit[] {
    switch (block.kind) {
      case 'say':
        return say(graph, from, block);
      case 'add':
        return add(graph, from, {
          id: nextId('add'),
          type: 'assign',
          items: [{ target: 'vars.total', operation: 'add', value: 1 }],
        });
      case 'reply': {
        const id = nextId('reply');
        return add(graph, from, { id, type: 'answer', template: `(${id}@${graph.mark}|${refer(from)})` });
      }
      case 'ask':
        return askFor(graph, from, block);
      case 'row':
        return block.blocks.reduce<readonly Exit[]>((exits, next) => build(graph, exits, next), from);
      case 'beside':
        return block.blocks.flatMap((next) => build(graph, from, next));
      case 'if': {
        const conditions = [{ left: block.holds ? 1 : 2, operator: '=' as const, right: 1 }];
        const [exit] = add(graph, from, {
          id: nextId('if'),
          type: 'condition',
          cases: [{ id: 'yes', conditions }],
        });
        if (!exit) return [];
        return [
          ...build(graph, [{ ...exit, on: 'yes' }], block.yes),
          ...build(graph, [{ ...exit, on: 'else' }], block.no),
        ];
      }
      case 'each':
        return each(graph, from, block);
      case 'loop':
        return loop(graph, from, block);
      case 'sub': {
        const workflow = nextId('wf_');
        subflows.set(workflow, definition([block.body]));
        return add(graph, from, {
          id: nextId('sub'),
          type: 'subflow',
          workflow,
          inputs: { mark: graph.mark },
        });
      }
    }
  }

  function askFor(graph: Graph, from: readonly Exit[], block: Extract<Block, { kind: 'ask' }>) {
    const exits = add(graph, from, {
      id: nextId('ask'),
      type: 'question',
      question: 'Which?',
      choices: ['a', 'b'].map((id) => ({ id, label: `The ${id}` })),
      default: 'b',
      ...(block.expires && { expires_after_ms: 20_000 }),
      ...(block.lenient && { optional: true, fallback: 'a', on_error: 'branch' }),
    });
    return block.lenient ? orFailing(exits) : exits;
  }

  function say(graph: Graph, from: readonly Exit[], { how, branches }: Extract<Block, { kind: 'say' }>) {
    const id = nextId(how);
    const exits = add(graph, from, {
      id,
      type: 'llm',
      messages: [{ role: 'user', content: `${id}@${graph.mark}|${refer(from)}` }],
      timeout_ms: 86_400_000,
      retry: { max_attempts: 3 },
      ...(branches && { on_error: 'branch' }),
    });
    return branches ? orFailing(exits) : exits;
  }

  function each(
    graph: Graph,
    from: readonly Exit[],
    { items, parallel, failed, body: block }: Extract<Block, { kind: 'each' }>,
  ) {
    const id = nextId('each');
    const join = nextId('join');
    const inside = body(block, `${graph.mark}.{{ ${id}.index }}`, (made, exits) => {
      add(made, exits, { id: join, type: 'aggregator', values: [refer(exits)] });
    });
    const branches = failed === 'branch';
    const own = add(graph, from, {
      id,
      type: 'iteration',
      items: Array.from({ length: items }, (_, index) => index),
      parallel,
      body: inside,
      output: `{{ ${join}.output }}`,
      ...(branches ? { on_error: 'branch' } : { on_item_error: failed }),
    });
    return branches ? orFailing(own) : own;
  }

  function loop(
    graph: Graph,
    from: readonly Exit[],
    { rounds, body: block }: Extract<Block, { kind: 'loop' }>,
  ) {
    const id = nextId('loop');
    const inside = body(block, `${graph.mark}.{{ ${id}.round }}`, (made, exits) => {
      const value = `/${refer(exits)}`;
      add(made, exits, {
        id: nextId('keep'),
        type: 'assign',
        items: [{ target: `${id}.told`, operation: 'append', value }],
      });
    });
    return add(graph, from, { id, type: 'loop', variables: { told: '' }, max_rounds: rounds, body: inside });
  }

  /** All ends lead to one end node, so that it runs last and sees all that the others did. */
  function definition(blocks: readonly Block[]): WorkflowDefinition {
    const start: WorkflowNode = { id: nextId('start'), type: 'start' };
    const graph: Graph = { nodes: [start], edges: [], mark: `{{ ${start.id}.mark }}` };
    const exits = build(graph, [{ node: start }], { kind: 'row', blocks });
    const outputs = { said: refer(exits), total: '{{ vars.total }}' };
    add(graph, exits, { id: nextId('end'), type: 'end', outputs });
    const { nodes, edges } = graph;
    return { name: 'random', variables: { total: { default: 0 } }, nodes, edges };
  }

  return { scenario: (blocks: readonly Block[]): Scenario => ({ definition: definition(blocks), subflows }) };
}
