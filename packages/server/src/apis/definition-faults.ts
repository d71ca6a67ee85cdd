import {
  type Finding,
  nextTurn,
  type SchemaProblem,
  validateDefinition,
  type WorkflowDefinition,
  type WorkflowNode,
} from '@flowwire/engine';

/** What is wrong with a JSON Schema. */
export type CheckSchema = (schema: object) => readonly SchemaProblem[];

/** A fault of a definition; the pointer is into it. */
export type Fault = Pick<Finding, 'pointer' | 'message' | 'nodeId'> & { readonly code: string };

// Each takes some milliseconds to compile.
const MAX_SCHEMAS = 100;
const MAX_FAULTS = 100;

/** What is wrong with a definition that fits its schema. */
export async function faultsOf(
  definition: WorkflowDefinition,
  checkSchema: CheckSchema,
): Promise<readonly Fault[]> {
  const findings = validateDefinition(definition);
  // Schemas are walked only when the definition around them is sound: they may be too deep to walk.
  return findings.length > 0 ? findings : schemaFaults([...schemasIn(definition)], checkSchema);
}

async function schemaFaults(schemas: readonly PlacedSchema[], check: CheckSchema): Promise<Fault[]> {
  if (schemas.length > MAX_SCHEMAS) {
    const message = `has ${schemas.length} schemas, and may have ${MAX_SCHEMAS}`;
    return [{ pointer: '', code: 'too_many_schemas', message }];
  }
  const found: Fault[] = [];
  for (const { schema, pointer: at, nodeId } of schemas) {
    const turn = nextTurn();
    if (turn) await turn;
    for (const { pointer, message } of check(schema)) {
      if (found.length === MAX_FAULTS) return found;
      found.push({
        pointer: `${at}${pointer}`,
        code: 'invalid_schema',
        message,
        ...(nodeId !== undefined && { nodeId }),
      });
    }
  }
  return found;
}

interface PlacedSchema {
  readonly schema: object;
  readonly pointer: string;
  readonly nodeId?: string;
}

/** Every JSON Schema that the definition's author has written. */
function* schemasIn({ inputs, outputs, nodes }: WorkflowDefinition): Generator<PlacedSchema> {
  if (inputs) yield { schema: inputs, pointer: '/inputs' };
  if (outputs) yield { schema: outputs, pointer: '/outputs' };
  yield* schemasOf(nodes, '/nodes');
}

function* schemasOf(nodes: readonly WorkflowNode[], at: string): Generator<PlacedSchema> {
  for (const [index, node] of nodes.entries()) {
    const { id: nodeId } = node;
    const pointer = `${at}/${index}`;
    if (node.type === 'extractor') yield { schema: node.schema, pointer: `${pointer}/schema`, nodeId };
    if ('output_schema' in node && node.output_schema)
      yield { schema: node.output_schema, pointer: `${pointer}/output_schema`, nodeId };
    if (node.type === 'agent') {
      for (const [place, tool] of (node.tools ?? []).entries())
        if (tool.type === 'code')
          yield { schema: tool.parameters, pointer: `${pointer}/tools/${place}/parameters`, nodeId };
    }
    if (node.type === 'iteration' || node.type === 'loop')
      yield* schemasOf(node.body.nodes, `${pointer}/body/nodes`);
  }
}
