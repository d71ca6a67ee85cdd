import { interpolateMap } from '../definition/references.ts';
import { sizeOf } from '../definition/size.ts';
import type { LoopNode } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import type { JsonValue } from '../events.ts';
import { CONDITIONS, checkConditions, LOGIC, OPERATORS } from './condition.ts';
import { BODY, type ContainerType, closed, described, VALUE_MAP } from './node-type.ts';
import { createPatternMatcher } from './pattern.ts';

export const loop: ContainerType<LoopNode> = {
  kind: 'container',
  summary: 'Runs nodes again and again',
  summaryZh: '循环：重复运行内部节点直到满足条件',
  docs:
    'Runs the nodes of `body` until the conditions of `until` hold after a round, a `break` node has run, or ' +
    '`max_rounds` rounds are over. Inside, `{{ <its id>.<variable> }}` are its variables, which assign nodes change, and ' +
    '`{{ <its id>.round }}` counts from 1. Outputs are the variables as the last round left them, and `rounds`.',
  example: {
    id: 'refine',
    type: 'loop',
    variables: { text: '{{ start.text }}', score: 0 },
    max_rounds: 5,
    until: { conditions: [{ left: '{{ refine.score }}', operator: '≥', right: 8 }] },
    body: {
      nodes: [
        { id: 'improve', type: 'llm', messages: [{ role: 'user', content: 'Improve: {{ refine.text }}' }] },
        {
          id: 'keep',
          type: 'assign',
          items: [{ target: 'refine.text', operation: 'set', value: '{{ improve.text }}' }],
        },
      ],
      edges: [{ from: 'improve', to: 'keep' }],
    },
  },
  schema: {
    required: ['max_rounds', 'body'],
    properties: {
      variables: described(VALUE_MAP, 'Their values before the first round.'),
      body: BODY,
      until: closed({ logic: LOGIC, conditions: CONDITIONS }, ['conditions'], 'Looked at after each round.'),
      max_rounds: { type: 'integer', minimum: 1, maximum: 1_000 },
    },
  },
  fallible: 'branch',
  interpolated: ['variables'],
  interpolatedInside: ['until'],
  outputs: ({ variables }) => [...Object.keys(variables ?? {}), 'rounds', 'answer'],
  body: ({ body }) => body,
  bindings: ({ variables }) => [...Object.keys(variables ?? {}), 'round'],
  *check(node, at) {
    if (node.until) yield* checkConditions(node.until.conditions, `${at}/until/conditions`, node.id);
    for (const name of ['round', 'rounds', 'answer']) {
      if (!Object.hasOwn(node.variables ?? {}, name)) continue;
      const pointer = `${at}/variables/${name}`;
      yield { code: 'reserved_id', message: `the variable ${name} is reserved`, pointer, nodeId: node.id };
    }
  },
  async execute(node, { scope, runGraph, tellShare }) {
    let variables = interpolateMap(node.variables ?? {}, scope);
    let answer: string | undefined;
    let rounds = 0;
    while (rounds < node.max_rounds) {
      rounds++;
      const result = await runGraph({
        graph: node.body,
        index: rounds - 1,
        bindings: { ...variables, round: rounds },
        output: node.until?.conditions ?? [],
      });
      tellShare(rounds / node.max_rounds);
      const { round: _, ...left } = result.bindings;
      variables = left;
      if (result.answer !== undefined) answer = (answer ?? '') + result.answer;
      if (sizeOf(variables) > MAX_VARIABLES) throw tooLarge(node);
      if (result.isBroken || isDone(node, result.output)) break;
    }
    return { outputs: { ...variables, rounds, ...(answer !== undefined && { answer }) } };
  },
};

const MAX_VARIABLES = 4 * 1024 * 1024;

/** Whether the conditions hold, whose references were replaced inside the round. */
function isDone({ until }: LoopNode, replaced: JsonValue): boolean {
  if (!until || !Array.isArray(replaced)) return false;
  const patterns = createPatternMatcher();
  const tests = until.conditions.map(({ operator }, place) => {
    const condition = Object(replaced[place]);
    return OPERATORS[operator](condition.left ?? null, condition.right ?? null, patterns);
  });
  return until.logic === 'or' ? tests.includes(true) : !tests.includes(false);
}

const tooLarge = ({ id }: LoopNode): NodeError =>
  new NodeError(`the variables of ${id} are larger than ${MAX_VARIABLES} characters`, {
    code: 'output_too_large',
  });
