import type { WorkflowDefinition, WorkflowNode } from './types.ts';

type FieldsOf = {
  readonly [N in WorkflowNode as N['type']]: (
    node: N,
    definition: WorkflowDefinition,
  ) => readonly string[] | undefined;
};

const FIELDS: FieldsOf = {
  start: (_node, { inputs }) => {
    if (inputs?.properties === undefined) return inputs?.additionalProperties === false ? [] : undefined;
    return Object.keys(inputs.properties);
  },
  end: (node) => Object.keys(node.outputs),
  answer: () => ['answer'],
  llm: () => ['text', 'model'],
  template: () => ['output'],
  condition: () => ['case'],
  http: () => ['status', 'headers', 'body', 'json'],
  code: () => undefined,
};

/** The output fields that references may name; undefined when any may exist. */
export function outputFields(
  node: WorkflowNode,
  definition: WorkflowDefinition,
): readonly string[] | undefined {
  // Sound: the table's key and the function's parameter are the same member of the union.
  const fieldsOf = FIELDS[node.type] as (
    node: WorkflowNode,
    d: WorkflowDefinition,
  ) => readonly string[] | undefined;
  const fields = fieldsOf(node, definition);
  const branches = 'on_error' in node && node.on_error === 'branch';
  return fields && branches ? [...fields, 'error_code', 'error_message'] : fields;
}

export const SYS_FIELDS: readonly string[] = ['run_id', 'workflow_id', 'user_id'];
