import { interpolateMap } from '../definition/references.ts';
import type { TemplateNode } from '../definition/types.ts';
import type { NodeExecutor } from './executor.ts';
import { parseTemplate, renderTemplate } from './jinja.ts';

// Rendering holds up the whole process, so `timeout_ms` can shorten this but not lengthen it.
const TIME_LIMIT_MS = 500;

// A node object belongs to one definition, so its parsed template lives as long as the definition does.
const parsed = new WeakMap<TemplateNode, ReturnType<typeof parseTemplate>>();

export const template: NodeExecutor<TemplateNode> = {
  execute(node, { scope }) {
    const program = parsed.get(node) ?? parseTemplate(node.template);
    parsed.set(node, program);
    const variables = interpolateMap(node.variables ?? {}, scope);
    const limit = Math.min(node.timeout_ms ?? TIME_LIMIT_MS, TIME_LIMIT_MS);
    return { outputs: { output: renderTemplate(program, variables, limit) } };
  },
};
