import { interpolateMap } from '../definition/references.ts';
import type { TemplateNode } from '../definition/types.ts';
import { parseTemplate, renderTemplate } from './jinja.ts';
import { type LeafType, VALUE_MAP } from './node-type.ts';

// Rendering holds up the whole process, so `timeout_ms` can shorten this but not lengthen it.
const TIME_LIMIT_MS = 500;

// A node object belongs to one definition, so its parsed template lives as long as the definition does.
const parsed = new WeakMap<TemplateNode, ReturnType<typeof parseTemplate>>();

export const template: LeafType<TemplateNode> = {
  kind: 'leaf',
  summary: 'Renders a Jinja template',
  summaryZh: '渲染 Jinja 模板',
  docs:
    'Renders a Jinja template over `variables`; it sees nothing else. It has the filters of Jinja2 that templates ' +
    'use most. Output `output`.',
  example: {
    id: 'greet',
    type: 'template',
    template: '{% for name in names %}Hello {{ name }}. {% endfor %}',
    variables: { names: '{{ start.names }}' },
  },
  schema: {
    required: ['template'],
    properties: {
      template: {
        type: 'string',
        maxLength: 100_000,
        description: 'A Jinja template over `variables`; it sees nothing else.',
      },
      variables: VALUE_MAP,
    },
  },
  fallible: 'retry',
  interpolated: ['variables'],
  outputs: () => ['output'],
  *check(node, at) {
    try {
      parseTemplate(node.template);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      yield { code: 'invalid_template', message, pointer: `${at}/template`, nodeId: node.id };
    }
  },
  execute(node, { scope }) {
    const program = parsed.get(node) ?? parseTemplate(node.template);
    parsed.set(node, program);
    const variables = interpolateMap(node.variables ?? {}, scope);
    const limit = Math.min(node.timeout_ms ?? TIME_LIMIT_MS, TIME_LIMIT_MS);
    return { outputs: { output: renderTemplate(program, variables, limit) } };
  },
};
