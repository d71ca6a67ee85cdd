import { shorten } from '../../definition/subject.ts';
import { NodeError, type SchemaProblem, type ValidateSchema } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import { invalidTool } from './document.ts';
import type { Operation } from './read-operation.ts';

const MAX_TEXT = 1_000;
const MAX_PROBLEMS = 10;

/** What a call of an operation is given. */
export interface ToolArguments {
  readonly parameters: JsonObject;
  readonly body?: JsonValue;
}

/** A reference to a value that is missing is null: where a parameter may be left out, it is. */
export function withoutNulls(given: JsonObject, { parameters }: Operation): JsonObject {
  const required = new Set(parameters.filter((one) => one.required).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== null || required.has(name)),
  );
}

/** Why a call with these arguments cannot be, told by their names alone. */
export function* argumentProblems(
  { id, parameters, body }: Operation,
  given: { readonly parameters: readonly string[]; readonly hasBody: boolean },
): Generator<{ readonly member: readonly string[]; readonly message: string }> {
  const names = parameters.map(({ name }) => name);
  for (const name of given.parameters) {
    if (names.includes(name)) continue;
    const has = names.length === 0 ? 'no parameters' : shorten(names.join(', '), MAX_TEXT);
    yield { member: ['parameters', name], message: `${id} has no parameter ${name}; it has ${has}` };
  }
  for (const { name, required } of parameters) {
    if (!required || given.parameters.includes(name)) continue;
    yield { member: ['parameters'], message: `${id} needs the parameter ${name}` };
  }
  if (given.hasBody && !body) yield { member: ['body'], message: `${id} takes no body` };
  if (!given.hasBody && body?.required) yield { member: [], message: `${id} needs a body` };
}

/** Throws NodeError `invalid_parameters`, or `invalid_tool` for schemas that cannot be used. */
export function checkArguments(operation: Operation, args: ToolArguments, validate: ValidateSchema): void {
  const given = { parameters: Object.keys(args.parameters), hasBody: args.body !== undefined };
  const [first] = argumentProblems(operation, given);
  if (first) throw invalidParameters(first.message);
  const values = { ...args.parameters, ...(args.body !== undefined && { body: args.body }) };
  const problems = problemsOf(operation, values, validate).slice(0, MAX_PROBLEMS);
  if (problems.length === 0) return;
  const list = problems.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  throw invalidParameters(`arguments of ${operation.id} are wrong: ${list}`);
}

/** A schema that no validator can compile is the document's fault. */
function problemsOf(
  { id, schema }: Operation,
  values: object,
  validate: ValidateSchema,
): readonly SchemaProblem[] {
  try {
    return validate(schema, values);
  } catch (error) {
    const reason = error instanceof Error ? shorten(error.message, MAX_TEXT) : 'unknown';
    throw invalidTool(`the schemas of ${id} cannot be used: ${reason}`);
  }
}

export const invalidParameters = (message: string): NodeError =>
  new NodeError(message, { code: 'invalid_parameters' });
