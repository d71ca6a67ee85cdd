import { shorten } from '../../definition/subject.ts';
import type { ToolDescription } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import type { JsonObject } from '../../events.ts';
import { type FoundOperation, findOperations, invalidTool } from './document.ts';
import { type Parameter, readParameters } from './parameters.ts';
import { type RequestBody, readRequestBody } from './request-body.ts';
import { createSchemaReader, type SchemaReader } from './schema.ts';

const MAX_NAMES = 1_000;
// Of the schemas of a document, and of one operation among them.
const MAX_CHARACTERS = 500_000;
const MAX_CHARACTERS_EACH = 50_000;

/** An operation, read and understood. */
export interface Operation extends FoundOperation {
  readonly parameters: readonly Parameter[];
  readonly body: RequestBody | undefined;
  /** JSON Schema of its arguments: the parameters by their names, and `body` where it takes one. */
  readonly schema: JsonObject;
}

/** An operation as its document has it: understood, or what is wrong with it. */
export type Reading =
  | { readonly found: FoundOperation; readonly operation: Operation }
  | { readonly found: FoundOperation; readonly fault: NodeError };

// A definition never changes, so its documents are read once.
const known = new WeakMap<ToolDescription, readonly Reading[]>();

/** Every operation that has an operationId. Throws NodeError `invalid_tool` for a document without paths. */
export function readOperations(description: ToolDescription): readonly Reading[] {
  const cached = known.get(description);
  if (cached) return cached;
  const document = description.openapi;
  let left = MAX_CHARACTERS;
  const readings = [...findOperations(document)].map((found): Reading => {
    const characters = Math.min(left, MAX_CHARACTERS_EACH);
    const reader = createSchemaReader(document, characters);
    try {
      return { found, operation: understand(document, found, reader) };
    } catch (error) {
      if (error instanceof NodeError) return { found, fault: error };
      throw error;
    } finally {
      left -= characters - reader.left();
    }
  });
  known.set(description, readings);
  return readings;
}

/** An operation by its id. Throws NodeError `unknown_operation` or `invalid_tool`. */
export function readOperation(description: ToolDescription, operationId: string): Operation {
  const readings = readOperations(description);
  const reading = readings.find(({ found }) => found.id === operationId);
  if (reading) return operationOf(reading);
  const names = readings.map(({ found }) => found.id).join(', ') || 'no operation with an operationId';
  throw new NodeError(`there is no operation ${operationId}; the document has ${shorten(names, MAX_NAMES)}`, {
    code: 'unknown_operation',
  });
}

/** Throws what is wrong with it. */
export function operationOf(reading: Reading): Operation {
  if ('fault' in reading) throw reading.fault;
  return reading.operation;
}

function understand(document: unknown, found: FoundOperation, reader: SchemaReader): Operation {
  const parameters = readParameters(document, found);
  const body = readRequestBody(document, found.operation, reader);
  return { ...found, parameters, body, schema: schemaOf(found.id, parameters, body, reader) };
}

function schemaOf(
  id: string,
  parameters: readonly Parameter[],
  body: RequestBody | undefined,
  reader: SchemaReader,
): JsonObject {
  const properties = new Map<string, JsonObject>();
  const add = (name: string, schema: JsonObject): void => {
    if (properties.has(name)) throw invalidTool(`${id} has two arguments called ${name}`);
    properties.set(name, schema);
  };
  for (const { name, schema, description } of parameters) {
    add(name, { ...(description !== undefined && { description }), ...reader.read(schema) });
  }
  if (body) add('body', body.schema);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: requiredNames(parameters, body),
    additionalProperties: false,
  };
}

const requiredNames = (parameters: readonly Parameter[], body: RequestBody | undefined): string[] => [
  ...parameters.filter(({ required }) => required).map(({ name }) => name),
  ...(body?.required ? ['body'] : []),
];
