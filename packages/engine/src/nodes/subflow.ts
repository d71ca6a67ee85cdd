import { withDefaults } from '../definition/defaults.ts';
import { interpolateMap } from '../definition/references.ts';
import type { SubflowNode } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import type { JsonObject } from '../events.ts';
import { type ContainerType, described, VALUE_MAP } from './node-type.ts';

export const subflow: ContainerType<SubflowNode> = {
  kind: 'container',
  summary: 'Runs another workflow inside this one',
  summaryZh: '子流程：在本次运行中运行另一个工作流',
  docs:
    'Runs another workflow of the tenant inside this run: the given version, else the published one, else the newest, ' +
    'as it is when the run begins. It sees its own inputs and nothing else. Outputs are the outputs of that workflow. ' +
    'Subflows may be nested 8 levels deep.',
  example: {
    id: 'review',
    type: 'subflow',
    workflow: 'wf_resume-review',
    inputs: { query: '{{ start.query }}' },
  },
  schema: {
    required: ['workflow'],
    properties: {
      workflow: { type: 'string', minLength: 1, maxLength: 128, description: 'The id of the workflow.' },
      version: { type: 'integer', minimum: 1 },
      inputs: described(VALUE_MAP, 'Its inputs.'),
    },
  },
  fallible: 'branch',
  interpolated: ['inputs'],
  outputs: () => undefined,
  body: () => undefined,
  bindings: () => [],
  async execute(node, { scope, services, subflow, runGraph }) {
    const definition = subflow(node.workflow, node.version);
    const inputs = withDefaults(definition.inputs, interpolateMap(node.inputs ?? {}, scope));
    const check = (what: 'inputs' | 'outputs', value: JsonObject): void => {
      const schema = definition[what];
      const [problem] = schema ? services.validateSchema(schema, value) : [];
      if (!problem) return;
      const message = `the ${what} of the subflow are invalid: ${problem.pointer || '/'} ${problem.message}`;
      throw new NodeError(message, { code: `invalid_${what}` });
    };
    check('inputs', inputs);
    const isolated = { definition, inputs };
    const { outputs, answer } = await runGraph({ graph: definition, index: 0, bindings: {}, isolated });
    const all = { ...outputs, ...(answer !== undefined && { answer }) };
    check('outputs', all);
    return { outputs: all };
  },
};
