import { interpolateMap } from '../../definition/references.ts';
import type { CodeNode } from '../../definition/types.ts';
import { NodeError, type ValidateSchema } from '../../errors.ts';
import type { JsonObject } from '../../events.ts';
import { described, type LeafType, OBJECT_SCHEMA, VALUE_MAP } from '../node-type.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_MB = { javascript: 32, python: 128 };

/** Its time limit is kept by the sandbox, as it counts from when a thread is free. */
export const code: LeafType<CodeNode> = {
  kind: 'leaf',
  summary: 'Runs JavaScript or Python in a sandbox',
  summaryZh: '在沙箱中运行 JavaScript 或 Python',
  docs:
    'Runs JavaScript or Python in a WebAssembly sandbox without network or file system. The source defines ' +
    "`main`, plain or async, which returns an object (a dict): the node's outputs. `main` gets the object of all " +
    'inputs when it has one parameter that is called `inputs` or `args`, is no name of an input or, in ' +
    'JavaScript, takes the object apart (`function main({ text })`); otherwise each parameter gets the input of ' +
    'its name. What the code prints (at most 64 KiB) is kept as the logs of the node; it returns at most 256 KiB. ' +
    'Python has its standard library. What is no object of JSON values, or breaks `output_schema`, fails with the ' +
    'code `invalid_outputs`.',
  example: {
    id: 'count',
    type: 'code',
    language: 'python',
    source: 'def main(inputs):\n    return {"words": len(inputs["text"].split())}',
    inputs: { text: '{{ start.text }}' },
  },
  schema: {
    required: ['language', 'source'],
    properties: {
      language: { enum: ['javascript', 'python'] },
      source: { type: 'string', minLength: 1, maxLength: 100_000 },
      inputs: VALUE_MAP,
      output_schema: described(OBJECT_SCHEMA, 'What `main` returns; the node fails for anything else.'),
      memory_limit_mb: {
        type: 'integer',
        minimum: 1,
        maximum: 256,
        description:
          'What the code may take: 32 by default for JavaScript, 128 for Python, which needs 64 itself.',
      },
    },
  },
  fallible: 'retry',
  interpolated: ['inputs'],
  outputs: ({ output_schema: schema }) => (schema?.properties ? Object.keys(schema.properties) : undefined),
  *check(node, at) {
    if (/\bmain\b/.test(node.source)) return;
    const message = 'the source must define main, which returns the outputs';
    yield { code: 'invalid_node', message, pointer: `${at}/source`, nodeId: node.id };
  },
  async execute(node, { scope, services, signal, tenantId }) {
    const job = {
      isolationKey: tenantId,
      language: node.language,
      source: node.source,
      inputs: interpolateMap(node.inputs ?? {}, scope),
      timeoutMs: node.timeout_ms ?? DEFAULT_TIMEOUT_MS,
      memoryLimitMb: node.memory_limit_mb ?? DEFAULT_MEMORY_MB[node.language],
    };
    const result = await services.code.run(job, signal);
    if (node.output_schema) checkOutputs(node.output_schema, result.outputs, services.validateSchema);
    return result;
  },
};

function checkOutputs(schema: object, outputs: JsonObject, validate: ValidateSchema): void {
  const problems = validate(schema, outputs);
  if (problems.length === 0) return;
  const told = problems.slice(0, 10).map(({ pointer, message }) => `${pointer || '/'} ${message}`);
  throw new NodeError(`main returned what output_schema does not allow: ${told.join('; ')}`, {
    code: 'invalid_outputs',
  });
}
