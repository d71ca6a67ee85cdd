import { interpolate, interpolateMap } from '../../definition/references.ts';
import type { ToolNode } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import { statusError } from '../http/outcome.ts';
import { DEFAULT_TIMEOUT_MS, described, type LeafType, VALUE, VALUE_MAP } from '../node-type.ts';
import { checkCall } from './check.ts';
import { callOperation } from './operation.ts';

export const tool: LeafType<ToolNode> = {
  kind: 'leaf',
  summary: 'Calls an operation of an API that an OpenAPI document describes',
  summaryZh: '调用 OpenAPI 文档描述的接口',
  docs:
    'Calls one operation of an API that the definition describes under `tools` by its OpenAPI document. ' +
    'Parameters and body are checked against the document before anything is sent; an optional parameter ' +
    'that is null is left out. Outputs `status`, `headers`, `body` and `json`, as an http node has them, and ' +
    'fails as an http node does.',
  example: {
    id: 'forecast',
    type: 'tool',
    tool: 'weather',
    operation: 'getForecast',
    parameters: { city: '{{ start.city }}' },
  },
  schema: {
    required: ['tool', 'operation'],
    properties: {
      tool: {
        type: 'string',
        minLength: 1,
        maxLength: 64,
        description: 'A name in the definition’s `tools`.',
      },
      operation: {
        type: 'string',
        minLength: 1,
        maxLength: 200,
        description: 'An operationId of its document.',
      },
      parameters: described(VALUE_MAP, 'Path, query, header and cookie parameters, by name.'),
      body: described(VALUE, 'The request body.'),
      accept_errors: { type: 'boolean', default: false },
    },
  },
  fallible: 'retry',
  interpolated: ['parameters', 'body'],
  takesSecrets: true,
  outputs: () => ['status', 'headers', 'body', 'json'],
  timeoutMs: (node) => node.timeout_ms ?? DEFAULT_TIMEOUT_MS,
  check: checkCall,

  async execute({ tool: name, operation, parameters = {}, body, accept_errors: acceptErrors }, context) {
    const { tools = {} } = context.definition;
    const description = Object.hasOwn(tools, name) ? tools[name] : undefined;
    if (!description) throw new NodeError(`the definition has no tool ${name}`, { code: 'unknown_tool' });
    const args = {
      parameters: interpolateMap(parameters, context.scope),
      ...(body !== undefined && { body: interpolate(body, context.scope) }),
    };
    const outcome = await callOperation(description, operation, args, context);
    if (outcome.status >= 400 && acceptErrors !== true) {
      throw statusError(outcome, context.services.clock.now());
    }
    return { outputs: outcome };
  },
};
